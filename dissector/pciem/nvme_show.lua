-- Fields of NVMe, and the words for the Info column.

local devices = require("pciem.devices")
local nvme_commands = require("pciem.nvme_commands")
local nvme_names = require("pciem.nvme_names")

local nvme_show = {}

-- Commands shown of a packet that is about more.
local MAX_COMMANDS = 64

local proto, own_dissector
local fields = {}
local list, experts = {}, {}

local function field(key, value)
	fields[key] = value
	list[#list + 1] = value
end

local function framenum(key, title, kind)
	field(key, ProtoField.framenum("pciem.nvme." .. key, title, base.NONE, kind))
end

local function define_entry_fields()
	field("sqid", ProtoField.uint16("pciem.nvme.sqid", "Submission queue", base.DEC))
	field("cqid", ProtoField.uint16("pciem.nvme.cqid", "Completion queue", base.DEC))
	field("cid", ProtoField.uint16("pciem.nvme.cid", "Command identifier", base.DEC))
	field("exchange", ProtoField.uint32("pciem.nvme.exchange", "Command of the capture", base.DEC))
	field("command", ProtoField.string("pciem.nvme.command", "Command"))
	field("opcode", ProtoField.uint8("pciem.nvme.opcode", "Opcode", base.HEX))
	field("fuse", ProtoField.uint8("pciem.nvme.fuse", "Fused operation", base.DEC, nil, 0x03))
	field("psdt", ProtoField.uint8("pciem.nvme.psdt", "PRP or SGL for data transfer", base.DEC, nil, 0xc0))
	field("nsid", ProtoField.uint32("pciem.nvme.nsid", "Namespace", base.DEC))
	field("mptr", ProtoField.uint64("pciem.nvme.mptr", "Metadata pointer", base.HEX))
	field("prp1", ProtoField.uint64("pciem.nvme.prp1", "PRP entry 1", base.HEX))
	field("prp2", ProtoField.uint64("pciem.nvme.prp2", "PRP entry 2", base.HEX))
	for dword = 10, 15 do
		field("cdw" .. dword, ProtoField.uint32("pciem.nvme.cdw" .. dword, "Command dword " .. dword, base.HEX))
	end
	field("slba", ProtoField.uint64("pciem.nvme.slba", "Starting LBA", base.DEC))
	field("nlb", ProtoField.uint32("pciem.nvme.nlb", "Logical blocks", base.DEC))
	field("fua", ProtoField.bool("pciem.nvme.fua", "Force unit access"))
	field("cns", ProtoField.uint8("pciem.nvme.cns", "Controller or namespace structure", base.HEX, nvme_names.cns))
	field("fid", ProtoField.uint8("pciem.nvme.fid", "Feature", base.HEX, nvme_names.features))
	field("lid", ProtoField.uint8("pciem.nvme.lid", "Log page", base.HEX, nvme_names.logs))
	field("qid", ProtoField.uint16("pciem.nvme.qid", "Queue identifier", base.DEC))
	field("qsize", ProtoField.uint32("pciem.nvme.qsize", "Queue size", base.DEC))
	field("result", ProtoField.uint32("pciem.nvme.result", "Dword 0", base.HEX))
	field("sqhd", ProtoField.uint16("pciem.nvme.sqhd", "Submission queue head", base.DEC))
	field("phase", ProtoField.uint16("pciem.nvme.phase", "Phase tag", base.DEC, nil, 0x0001))
	field("sc", ProtoField.uint16("pciem.nvme.sc", "Status code", base.HEX, nil, 0x01fe))
	field("sct", ProtoField.uint16("pciem.nvme.sct", "Status code type", base.DEC, nvme_names.status_types, 0x0e00))
	field("more", ProtoField.uint16("pciem.nvme.more", "More", base.DEC, nil, 0x4000))
	field("dnr", ProtoField.uint16("pciem.nvme.dnr", "Do not retry", base.DEC, nil, 0x8000))
	field("status", ProtoField.string("pciem.nvme.status", "Status"))
end

local function define_links()
	framenum("doorbell_in", "Doorbell in", frametype.REQUEST)
	framenum("fetch_in", "Fetched by", frametype.REQUEST)
	framenum("submission_in", "Submission entry in", frametype.REQUEST)
	framenum("data_in", "Data in", frametype.NONE)
	framenum("completion_in", "Completion entry in", frametype.RESPONSE)
	framenum("interrupt_in", "Interrupt in", frametype.RESPONSE)
	framenum("head_in", "Completion consumed in", frametype.ACK)
	field("time", ProtoField.relative_time("pciem.nvme.time", "Time from doorbell to completion entry"))
	field("service_time", ProtoField.relative_time("pciem.nvme.service_time", "Time from fetch to completion entry"))
	field("interrupt_delay", ProtoField.relative_time("pciem.nvme.interrupt_delay", "Time from completion entry to interrupt"))
end

-- Makes the protocol, once.
function nvme_show.register()
	proto = Proto("pciem.nvme", "NVM Express (pciem)")
	define_entry_fields()
	define_links()
	local group, severity = expert.group, expert.severity
	experts.failed = ProtoExpert.new("pciem.nvme.expert.failed", "Command failed", group.RESPONSE_CODE, severity.WARN)
	experts.unknown = ProtoExpert.new("pciem.nvme.expert.unknown", "Completion of an unknown command", group.SEQUENCE,
		severity.WARN)
	proto.fields = list
	proto.experts = {experts.failed, experts.unknown}
	-- Never called for packets: whoever looks for our fields is asked for by this protocol's name.
	function proto.dissector()
		return 0
	end
	own_dissector = Dissector.get("pciem.nvme")
end

local function show_time(tree, tvb, key, from, to)
	if from and to then
		devices.generated(tree, fields[key], tvb, devices.nstime(devices.time_between(from, to)))
	end
end

local function show_link(tree, tvb, key, frame, here)
	if frame and frame ~= here then
		devices.generated(tree, fields[key], tvb, frame)
	end
end

-- The exchange that a packet belongs to.
local function show_exchange(tree, command, tvb, frame, with_data)
	devices.generated(tree, fields.exchange, tvb, command.number)
	show_link(tree, tvb, "doorbell_in", command.doorbell_frame, frame)
	show_link(tree, tvb, "fetch_in", command.fetch_frame, frame)
	show_link(tree, tvb, "submission_in", command.submission_frame, frame)
	if with_data then
		for _, data in ipairs(command.data) do
			show_link(tree, tvb, "data_in", data, frame)
		end
	end
	show_link(tree, tvb, "completion_in", command.completion_frame, frame)
	show_link(tree, tvb, "interrupt_in", command.interrupt_frame, frame)
	show_link(tree, tvb, "head_in", command.head_frame, frame)
end

-- A command in a packet that does not hold its entry.
local function show_command(tree, command, tvb, frame)
	local item = tree:add(proto, tvb(), nvme_commands.title(command))
	devices.generated(item, fields.sqid, tvb, command.sqid)
	devices.generated(item, fields.cid, tvb, command.cid)
	devices.generated(item, fields.command, tvb, command.name)
	show_exchange(item, command, tvb, frame, false)
end

local function little_endian(tree, key, tvb, at, length)
	if tree:referenced(fields[key]) then
		tree:add_le(fields[key], tvb(at, length))
	end
end

local function show_arguments(tree, command, tvb, at)
	if nvme_commands.has_range(command) then
		little_endian(tree, "slba", tvb, at + 40, 8)
		devices.field(tree, fields.nlb, tvb, at + 48, 2, command.cdw12 % 65536 + 1)
		devices.field(tree, fields.fua, tvb, at + 51, 1, math.floor(command.cdw12 / 2 ^ 30) % 2 == 1)
	elseif command.admin then
		local opcode = command.opcode
		local named = opcode == 0x06 and "cns" or opcode == 0x02 and "lid" or (opcode == 0x09 or opcode == 0x0a) and "fid"
		if named then
			little_endian(tree, named, tvb, at + 40, 1)
		elseif opcode <= 0x05 then
			little_endian(tree, "qid", tvb, at + 40, 2)
			if opcode % 2 == 1 then
				devices.field(tree, fields.qsize, tvb, at + 42, 2, math.floor(command.cdw10 / 65536) + 1)
			end
		end
	end
end

local function show_submission(tree, command, tvb, at, frame)
	local item = tree:add(proto, tvb(at, nvme_commands.ENTRY_BYTES), nvme_commands.title(command))
	devices.generated(item, fields.sqid, tvb, command.sqid)
	little_endian(item, "cid", tvb, at + 2, 2)
	little_endian(item, "opcode", tvb, at, 1)
	devices.field(item, fields.command, tvb, at, 1, command.name)
	little_endian(item, "fuse", tvb, at + 1, 1)
	little_endian(item, "psdt", tvb, at + 1, 1)
	little_endian(item, "nsid", tvb, at + 4, 4)
	little_endian(item, "mptr", tvb, at + 16, 8)
	little_endian(item, "prp1", tvb, at + 24, 8)
	little_endian(item, "prp2", tvb, at + 32, 8)
	for dword = 10, 15 do
		little_endian(item, "cdw" .. dword, tvb, at + dword * 4, 4)
	end
	show_arguments(item, command, tvb, at)
	show_exchange(item, command, tvb, frame, true)
end

local function show_completion(tree, entry, cqid, tvb, at, frame)
	local command = entry.command
	local status = nvme_names.status_text(entry.code_type, entry.code)
	local title = command and nvme_commands.title(command) or string.format("SQ%d CID %d", entry.sqid, entry.cid)
	local item = tree:add(proto, tvb(at, 16), title .. ": " .. status)
	devices.generated(item, fields.cqid, tvb, cqid)
	little_endian(item, "result", tvb, at, 4)
	little_endian(item, "sqhd", tvb, at + 8, 2)
	little_endian(item, "sqid", tvb, at + 10, 2)
	little_endian(item, "cid", tvb, at + 12, 2)
	for _, key in ipairs({"phase", "sc", "sct", "more", "dnr"}) do
		little_endian(item, key, tvb, at + 14, 2)
	end
	devices.field(item, fields.status, tvb, at + 14, 2, status)
	if not command then
		item:add_proto_expert_info(experts.unknown)
		return
	end
	devices.generated(item, fields.command, tvb, command.name)
	if entry.code ~= 0 or entry.code_type ~= 0 then
		item:add_proto_expert_info(experts.failed, "Command failed: " .. status)
	end
	show_exchange(item, command, tvb, frame, true)
	show_time(item, tvb, "time", command.rung, command.completed)
	show_time(item, tvb, "service_time", command.fetched, command.completed)
	show_time(item, tvb, "interrupt_delay", command.completed, command.interrupted)
end

local function show_all(info, access, tvb, tree)
	local frame = access.frame
	if info.kind == "submission" then
		for i, command in ipairs(info.commands) do
			show_submission(tree, command, tvb, access.data_at + info.entries[i], frame)
		end
	elseif info.kind == "completion" then
		for _, entry in ipairs(info.entries) do
			show_completion(tree, entry, info.qid, tvb, access.data_at + entry.at, frame)
		end
	else
		for i = 1, math.min(#info.commands, MAX_COMMANDS) do
			show_command(tree, info.commands[i], tvb, frame)
		end
	end
end

local function with_more(text, count)
	return count > 1 and string.format("%s and %d more", text, count - 1) or text
end

local function submission_words(info)
	local command = info.commands[1]
	if not command then
		return nil
	end
	local details = nvme_commands.details(command)
	return with_more(nvme_commands.title(command) .. (details and ": " .. details or ""), #info.commands)
end

local function completion_words(info)
	local entry = info.entries[1]
	if not entry then
		return nil
	end
	local title = entry.command and nvme_commands.title(entry.command)
		or string.format("SQ%d CID %d", entry.sqid, entry.cid)
	return with_more(title .. ": " .. nvme_names.status_text(entry.code_type, entry.code), #info.entries)
end

-- Words that are the same on the first pass as later.
local function words(info)
	local command = info.commands[1]
	if info.kind == "submission" then
		return submission_words(info)
	elseif info.kind == "completion" then
		return completion_words(info)
	elseif info.kind == "fetch" then
		return string.format("fetches SQ%d entry %d%s", info.qid, info.first,
			info.count > 1 and string.format(" to %d", info.first + info.count - 1) or "")
	elseif info.kind == "data" then
		return nvme_commands.title(command) .. " data"
	elseif info.kind == "list" then
		return nvme_commands.title(command) .. " PRP list"
	elseif info.kind == "shadow" and info.words[1] then
		return "shadow doorbells: " .. table.concat(info.words, ", ")
	elseif info.kind == "interrupt" and command then
		return with_more("for " .. nvme_commands.title(command), #info.commands)
	end
	return nil
end

-- Shows what a packet is about. Returns words for the Info column, or nil.
function nvme_show.packet(info, access, tvb, tree)
	-- Expert infos are wanted even when no field is.
	if info.has_problem or tree:referenced(own_dissector) then
		show_all(info, access, tvb, tree)
	end
	return words(info)
end

return nvme_show
