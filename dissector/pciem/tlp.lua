-- TLP headers and payloads.

local fields = require("pciem.fields")
local legality = require("pciem.legality")
local links = require("pciem.links")
local names = require("pciem.names")
local record = require("pciem.record")
local registers = require("pciem.registers")

local tlp = {}

local MAX_PREFIXES = 8
local NO_SPACE = 255
-- Payloads up to this many DWs are worth a place in the Info column.
local INFO_DWORDS = 2

local function bit_of(byte, number)
	return math.floor(byte / 2 ^ number) % 2
end

-- First DW: fields that all TLPs have.
local function read_common(tvb, at)
	local b1, b2 = tvb(at + 1, 1):uint(), tvb(at + 2, 1):uint()
	local fmt_type = tvb(at, 1):uint()
	return {
		fmt_type = fmt_type,
		name = names.tlp[fmt_type],
		layout = names.layouts[fmt_type],
		dwords = bit_of(fmt_type, 5) == 1 and 4 or 3,
		has_data = bit_of(fmt_type, 6) == 1,
		tag_high = bit_of(b1, 7) * 512 + bit_of(b1, 3) * 256,
		tc = math.floor(b1 / 16) % 8,
		attr = bit_of(b1, 2) * 4 + math.floor(b2 / 16) % 4,
		ln = bit_of(b1, 1),
		th = bit_of(b1, 0),
		td = bit_of(b2, 7),
		ep = bit_of(b2, 6),
		at = math.floor(b2 / 4) % 4,
		raw_length = b2 % 4 * 256 + tvb(at + 3, 1):uint(),
	}
end

local function show_common(t, tvb, at, tree)
	tree:add(fields.fmt_type, tvb(at, 1))
	tree:add(fields.tc, tvb(at + 1, 1), t.tc)
	tree:add(fields.attr, tvb(at + 1, 2), t.attr)
	tree:add(fields.ln, tvb(at + 1, 1), t.ln)
	tree:add(fields.th, tvb(at + 1, 1), t.th)
	tree:add(fields.td, tvb(at + 2, 1), t.td)
	local poisoned = tree:add(fields.ep, tvb(at + 2, 1), t.ep)
	if t.ep == 1 then
		poisoned:add_proto_expert_info(fields.expert_poisoned)
	end
	tree:add(fields.at, tvb(at + 2, 1), t.at)
	tree:add(fields.len, tvb(at + 2, 2), t.length)
end

local function add_id(tree, field, range)
	tree:add(field, range):append_text(" (" .. names.bdf(range:uint()) .. ")")
end

-- Requester ID and tag, in the second DW of requests and in the third of completions.
local function show_requester(t, tvb, at, tree)
	t.requester = tvb(at, 2):uint()
	t.tag = t.tag_high + tvb(at + 2, 1):uint()
	add_id(tree, fields.req, tvb(at, 2))
	tree:add(fields.tag, tvb(at + 2, 1), t.tag)
end

local function show_byte_enables(t, tvb, at, tree)
	local enables = tvb(at, 1):uint()
	t.last_be, t.first_be = math.floor(enables / 16), enables % 16
	tree:add(fields.last_dw_be, tvb(at, 1), t.last_be)
	tree:add(fields.first_dw_be, tvb(at, 1), t.first_be)
end

local function value_text(range)
	local digits = {}
	for i = range:len() - 1, 0, -1 do
		digits[#digits + 1] = string.format("%02x", range(i, 1):uint())
	end
	return "0x" .. table.concat(digits)
end

-- Words about the accessed registers, or about the data if none is known.
local function access_text(rec, t, tvb, tree, lead, size)
	local data
	if t.payload and t.payload:len() > lead then
		data = t.payload(lead, math.min(size, t.payload:len() - lead))
	end
	local text = rec.space ~= NO_SPACE and registers.show(rec, tvb, tree, size, data)
	if text then
		return "  " .. text
	end
	if data and t.length <= INFO_DWORDS then
		return ": " .. value_text(data)
	end
	return ""
end

local function dissect_address(rec, t, tvb, at, pinfo, tree)
	show_requester(t, tvb, at + 4, tree)
	show_byte_enables(t, tvb, at + 7, tree)
	local wide = t.dwords == 4
	t.address_high = wide and tvb(at + 8, 4):uint() or 0
	t.address_low = tvb(at + (wide and 12 or 8), 4):uint()
	-- Bits 1:0 are processing hints or reserved.
	t.address_low = t.address_low - t.address_low % 4
	tree:add(fields.addr, tvb(at + 8, wide and 8 or 4), UInt64(t.address_low, t.address_high))
	legality.address(t)

	local lead, size = legality.enabled(t)
	local text
	if record.is_interrupt(rec) then
		tree:add(fields.vector, tvb(20, 2)):set_generated()
		text = string.format("  interrupt vector %d", rec.detail)
	else
		text = access_text(rec, t, tvb, tree, lead, size)
	end
	if not names.posted[t.name] then
		links.request(rec, tvb, pinfo, tree, t, legality.expected_bytes(t, size))
	end
	local address = t.address_high == 0 and string.format("0x%08x", t.address_low)
		or string.format("0x%08x%08x", t.address_high, t.address_low)
	return string.format("%s, %d dw @ %s%s", t.name, t.length, address, text)
end

local function dissect_config(rec, t, tvb, at, pinfo, tree)
	show_requester(t, tvb, at + 4, tree)
	show_byte_enables(t, tvb, at + 7, tree)
	add_id(tree, fields.cfg_target, tvb(at + 8, 2))
	local register = tvb(at + 10, 2):uint() % 4096
	register = register - register % 4
	tree:add(fields.cfg_register, tvb(at + 10, 2), register)
	legality.one_dword(t)

	local lead, size = legality.enabled(t)
	local text = access_text(rec, t, tvb, tree, lead, size)
	links.request(rec, tvb, pinfo, tree, t, 4)
	return string.format("%s, %s @ 0x%03x%s", t.name, names.bdf(tvb(at + 8, 2):uint()), register + lead, text)
end

local function dissect_completion(rec, t, tvb, at, pinfo, tree)
	add_id(tree, fields.cpl_id, tvb(at + 4, 2))
	local high = tvb(at + 6, 1):uint()
	local status = math.floor(high / 32)
	local status_item = tree:add(fields.cpl_status, tvb(at + 6, 1), status)
	tree:add(fields.cpl_bcm, tvb(at + 6, 1), bit_of(high, 4))
	local byte_count = high % 16 * 256 + tvb(at + 7, 1):uint()
	t.byte_count = byte_count == 0 and 4096 or byte_count
	tree:add(fields.cpl_byte_count, tvb(at + 6, 2), t.byte_count)
	show_requester(t, tvb, at + 8, tree)
	t.lower_address = tvb(at + 11, 1):uint() % 128
	tree:add(fields.cpl_lower_addr, tvb(at + 11, 1), t.lower_address)
	t.status = status
	legality.completion(t)

	local status_name = names.completion_status[status] or string.format("status %d", status)
	if status ~= 0 then
		status_item:add_proto_expert_info(fields.expert_status, names.completion_status_titles[status] or "Reserved status")
	end
	-- A configuration read's data lie in the lanes of its request; its lower address is 0.
	local config = rec.space == 7
	local lead = config and rec.offset % 4 or t.lower_address % 4
	local carried = math.max(0, math.min(t.byte_count, (t.has_data and t.length * 4 or 0) - lead))
	t.carried = carried
	t.final = status ~= 0 or not t.has_data or config
	local text = ""
	if t.has_data then
		text = access_text(rec, t, tvb, tree, lead, config and math.min(rec.access, 4 - lead) or carried)
	end
	links.completion(rec, tvb, pinfo, tree, t)
	return string.format("%s, %s%s%s", t.name, status_name, t.has_data and string.format(", %d dw", t.length) or "", text)
end

local function dissect_message(_, t, tvb, at, _, tree)
	tree:add(fields.msg_routing, tvb(at, 1), t.fmt_type % 8)
	show_requester(t, tvb, at + 4, tree)
	local code = tvb(at + 7, 1):uint()
	tree:add(fields.msg_code, tvb(at + 7, 1))
	tree:add(fields.msg_body, tvb(at + 8, 8))
	return string.format("%s, %s", t.name, names.messages[code] or string.format("code 0x%02x", code))
end

local dissect_layout = {
	address = dissect_address, config = dissect_config, completion = dissect_completion, message = dissect_message,
}

local function show_prefixes(tvb, at, tree)
	for _ = 1, MAX_PREFIXES do
		if tvb:len() - at < 4 or tvb(at, 1):uint() < 0x80 or tvb(at, 1):uint() > 0x9f then
			return at
		end
		tree:add(fields.prefix, tvb(at, 4))
		at = at + 4
	end
	return at
end

-- Payload and digest, as much as was captured.
local function show_payload(t, tvb, at, tree)
	local bytes = t.has_data and t.length * 4 or 0
	local captured = math.min(bytes, tvb:len() - at)
	if captured > 0 then
		t.payload = tvb(at, captured)
		tree:add(fields.payload, t.payload)
	end
	if t.td == 1 and tvb:len() - at - bytes >= 4 then
		tree:add(fields.digest, tvb(at + bytes, 4))
	end
	legality.payload(t, tvb:reported_len() - at, bytes)
end

-- Dissects a TLP record. Returns words for the Info column.
function tlp.dissect(rec, tvb, pinfo, tree)
	local at = show_prefixes(tvb, rec.body, tree)
	if tvb:len() - at < 4 then
		tree:add_proto_expert_info(fields.expert_short)
		return "TLP, cut off"
	end
	local t = read_common(tvb, at)
	if not t.name then
		tree:add_proto_expert_info(fields.expert_unknown)
		return string.format("Unknown TLP 0x%02x", t.fmt_type)
	end
	local header_bytes = t.dwords * 4
	if tvb:len() - at < header_bytes then
		tree:add_proto_expert_info(fields.expert_short)
		return t.name .. ", cut off"
	end
	t.problems = {}
	legality.length(t)
	local item = tree:add(tvb(at, tvb:len() - at), t.name)
	show_common(t, tvb, at, item)
	show_payload(t, tvb, at + header_bytes, item)
	local info = dissect_layout[t.layout](rec, t, tvb, at, pinfo, item)
	for _, problem in ipairs(t.problems) do
		item:add_proto_expert_info(fields.expert_illegal, problem)
	end
	return info
end

return tlp
