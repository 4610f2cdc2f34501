-- Protocol fields and expert infos. Field names follow the other PCIe dissectors after the protocol's name.

local names = require("pciem.names")

local fields = {list = {}, expert_list = {}, problem_titles = {}}

local function field(key, value)
	fields[key] = value
	fields.list[#fields.list + 1] = value
end

local function expert_info(key, text, group, severity)
	local value = ProtoExpert.new("pciem.expert." .. key, text, group, severity)
	fields.problem_titles[key] = text
	fields["expert_" .. key] = value
	fields.expert_list[#fields.expert_list + 1] = value
end

-- Pseudo-header
field("version", ProtoField.string("pciem.version", "Format version"))
field("kind", ProtoField.uint8("pciem.kind", "Record", base.DEC, names.record_kinds))
field("direction", ProtoField.uint8("pciem.direction", "Direction", base.DEC, names.directions))
field("flags", ProtoField.uint16("pciem.flags", "Flags", base.HEX))
for i, name in ipairs(names.flags) do
	local mask = 2 ^ (i - 1)
	field("flag_" .. name, ProtoField.bool("pciem.flags." .. name, names.flag_titles[i], 16, nil, mask))
end
field("domain", ProtoField.uint32("pciem.domain", "Domain", base.HEX))
field("function_id", ProtoField.uint16("pciem.function", "Function", base.HEX))
field("device", ProtoField.string("pciem.device", "Device"))
field("space", ProtoField.uint8("pciem.space", "Register space", base.DEC, names.spaces))
field("detail", ProtoField.uint16("pciem.detail", "Detail", base.DEC))
field("part", ProtoField.uint16("pciem.part", "Part of the event", base.DEC))
field("seq", ProtoField.uint64("pciem.seq", "Event", base.DEC))
field("request_seq", ProtoField.uint64("pciem.request_seq", "Event of the request", base.DEC))
field("time", ProtoField.absolute_time("pciem.time", "Time", base.UTC))
field("offset", ProtoField.uint64("pciem.offset", "Offset in the register space", base.HEX))
field("access", ProtoField.uint32("pciem.access", "Bytes of the whole access", base.DEC))
field("elapsed", ProtoField.uint32("pciem.elapsed", "Nanoseconds since the request", base.DEC))

-- TLP
field("prefix", ProtoField.uint32("pciem.prefix", "TLP prefix", base.HEX))
field("fmt_type", ProtoField.uint8("pciem.fmt_type", "Fmt and Type", base.HEX, names.tlp))
field("tc", ProtoField.uint8("pciem.tc", "Traffic class", base.DEC))
field("attr", ProtoField.uint8("pciem.attr", "Attributes (IDO, RO, NS)", base.HEX))
field("ln", ProtoField.uint8("pciem.ln", "Lightweight notification", base.DEC))
field("th", ProtoField.uint8("pciem.th", "Processing hints", base.DEC))
field("td", ProtoField.uint8("pciem.td", "Digest present", base.DEC))
field("ep", ProtoField.uint8("pciem.ep", "Poisoned", base.DEC))
field("at", ProtoField.uint8("pciem.at", "Address type", base.DEC, names.address_types))
field("len", ProtoField.uint16("pciem.len", "Length (dw)", base.DEC))
field("req", ProtoField.uint16("pciem.req", "Requester ID", base.HEX))
field("tag", ProtoField.uint16("pciem.tag", "Tag", base.HEX))
field("last_dw_be", ProtoField.uint8("pciem.last_dw_be", "Last DW byte enables", base.HEX))
field("first_dw_be", ProtoField.uint8("pciem.first_dw_be", "First DW byte enables", base.HEX))
field("addr", ProtoField.uint64("pciem.addr", "Address", base.HEX))
field("cfg_target", ProtoField.uint16("pciem.cfg.target", "Target", base.HEX))
field("cfg_register", ProtoField.uint16("pciem.cfg.register", "Register", base.HEX))
field("cpl_id", ProtoField.uint16("pciem.cpl.id", "Completer ID", base.HEX))
field("cpl_status", ProtoField.uint8("pciem.cpl.status", "Completion status", base.DEC, names.completion_status))
field("cpl_bcm", ProtoField.uint8("pciem.cpl.bcm", "Byte count modified", base.DEC))
field("cpl_byte_count", ProtoField.uint16("pciem.cpl.byte_count", "Byte count", base.DEC))
field("cpl_lower_addr", ProtoField.uint8("pciem.cpl.lower_addr", "Lower address", base.HEX))
field("msg_routing", ProtoField.uint8("pciem.msg.routing", "Routing", base.DEC, names.message_routings))
field("msg_code", ProtoField.uint8("pciem.msg.code", "Message code", base.HEX, names.messages))
field("msg_body", ProtoField.bytes("pciem.msg.body", "Message header"))
field("atomic_operand", ProtoField.string("pciem.atomic.operand", "Operand"))
field("atomic_compare", ProtoField.string("pciem.atomic.compare", "Compare value"))
field("atomic_original", ProtoField.string("pciem.atomic.original", "Original value"))
field("payload", ProtoField.bytes("pciem.payload", "Payload"))
field("digest", ProtoField.uint32("pciem.digest", "Digest", base.HEX))

-- What the device map and other packets add
field("vector", ProtoField.uint16("pciem.vector", "Interrupt vector", base.DEC))
field("caller", ProtoField.string("pciem.caller", "Called from"))
field("memory", ProtoField.string("pciem.memory", "Memory"))
field("intx_pin", ProtoField.string("pciem.intx.pin", "Interrupt pin"))
field("intx_asserted", ProtoField.bool("pciem.intx.asserted", "Asserted"))
field("register", ProtoField.string("pciem.register", "Register"))
field("value", ProtoField.uint64("pciem.value", "Value", base.HEX))
field("field", ProtoField.string("pciem.field", "Field"))
field("doorbell", ProtoField.uint32("pciem.doorbell", "Doorbell", base.DEC))
field("completion_in", ProtoField.framenum("pciem.completion_in", "Completion in", base.NONE, frametype.RESPONSE))
field("completion_to", ProtoField.framenum("pciem.completion_to", "Completion to", base.NONE, frametype.REQUEST))
field("timeout_in", ProtoField.framenum("pciem.timeout_in", "Timed out in", base.NONE, frametype.RESPONSE))
field("completion_time", ProtoField.relative_time("pciem.completion_time", "Time since the request"))
field("latency", ProtoField.relative_time("pciem.latency", "Latency (to the first completion)"))
field("response_time", ProtoField.relative_time("pciem.response_time", "Response time (to the last completion)"))

-- Other records
field("map_name", ProtoField.string("pciem.map.name", "Device"))
field("map_ids", ProtoField.string("pciem.map.ids", "IDs"))
field("map_bar", ProtoField.string("pciem.map.bar", "BAR"))
field("map_msix", ProtoField.string("pciem.map.msix", "MSI-X"))
field("map_register", ProtoField.string("pciem.map.register", "Register"))
field("power", ProtoField.uint16("pciem.power", "Power state", base.DEC, names.power_states))
field("reset", ProtoField.uint16("pciem.reset", "Reset", base.DEC, names.resets))
field("surprise", ProtoField.bool("pciem.surprise", "Surprise removal"))
field("driver", ProtoField.string("pciem.driver", "Driver"))
field("mark_kind", ProtoField.uint16("pciem.mark.kind", "Mark", base.DEC, names.marks))
field("mark_text", ProtoField.string("pciem.mark.text", "Text"))
field("fault_reason", ProtoField.uint8("pciem.fault.reason", "Reason", base.DEC, names.dma_faults))
field("fault_write", ProtoField.bool("pciem.fault.write", "Write"))
field("nearest_state", ProtoField.uint8("pciem.fault.nearest", "Nearest mapping", base.DEC, names.nearest_states))
field("nearest_address", ProtoField.uint64("pciem.fault.nearest.address", "Address", base.HEX))
field("nearest_size", ProtoField.uint64("pciem.fault.nearest.size", "Bytes", base.DEC))
field("nearest_owner", ProtoField.string("pciem.fault.nearest.owner", "Owner"))
field("transfer", ProtoField.uint32("pciem.transfer", "Bytes", base.DEC))
field("lost", ProtoField.uint64("pciem.lost", "Events lost", base.DEC))

local group, severity = expert.group, expert.severity
expert_info("illegal", "TLP is not legal", group.PROTOCOL, severity.ERROR)
expert_info("unknown", "Not a known TLP or record", group.UNDECODED, severity.WARN)
expert_info("short", "Packet ends early", group.PROTOCOL, severity.ERROR)
expert_info("no_request", "Completion without a request", group.SEQUENCE, severity.WARN)
expert_info("no_completion", "Request without a completion", group.SEQUENCE, severity.WARN)
expert_info("tag_reuse", "Tag is reused while outstanding", group.SEQUENCE, severity.ERROR)
expert_info("accounting", "Completion does not fit its request", group.SEQUENCE, severity.ERROR)
expert_info("status", "Unsuccessful completion", group.RESPONSE_CODE, severity.WARN)
expert_info("poisoned", "Poisoned TLP", group.RESPONSE_CODE, severity.WARN)
expert_info("timeout", "Completion timeout", group.SEQUENCE, severity.ERROR)
expert_info("unclaimed", "No BAR claims the address, or the BAR is disabled", group.RESPONSE_CODE, severity.WARN)
expert_info("beyond_bar", "Access beyond the BAR", group.RESPONSE_CODE, severity.WARN)
expert_info("dma_fault", "DMA fault", group.RESPONSE_CODE, severity.ERROR)
expert_info("device_error", "Error in the device", group.RESPONSE_CODE, severity.ERROR)
expert_info("lost", "Events were lost here", group.SEQUENCE, severity.WARN)

return fields
