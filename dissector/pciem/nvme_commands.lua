-- Submission queue entries: what a command asks for, and where its data are.

local nvme_memory = require("pciem.nvme_memory")
local nvme_names = require("pciem.nvme_names")

local nvme_commands = {ENTRY_BYTES = 64}

local IDENTIFY, GET_LOG_PAGE, CREATE_SQ, CREATE_CQ = 0x06, 0x02, 0x01, 0x05
local DATASET_MANAGEMENT = 0x09
-- I/O commands that move logical blocks.
local BLOCK_COMMANDS = {[0x01] = true, [0x02] = true, [0x05] = true, [0x7d] = true}
-- I/O commands with a range of logical blocks.
local RANGE_COMMANDS = {
	[0x01] = true, [0x02] = true, [0x04] = true, [0x05] = true, [0x08] = true, [0x0c] = true, [0x7d] = true,
}
local DEFAULT_BLOCK_SHIFT = 9
local IDENTIFY_BYTES = 4096

-- A little-endian number of up to 8 bytes in a string, from a position that counts from 0. Exact below 2^53.
function nvme_commands.number(bytes, at, length)
	-- Integers of Lua 5.4 would wrap around.
	local value = length > 6 and 0.0 or 0
	for i = at + length, at + 1, -1 do
		value = value * 256 + string.byte(bytes, i)
	end
	return value
end

local number = nvme_commands.number

-- An entry of 64 bytes.
function nvme_commands.read(bytes, sqid)
	local opcode = number(bytes, 0, 1)
	local admin = sqid == 0
	return {
		sqid = sqid, cid = number(bytes, 2, 2), opcode = opcode, admin = admin, name = nvme_names.command(admin, opcode),
		psdt = math.floor(number(bytes, 1, 1) / 64), nsid = number(bytes, 4, 4), prp1 = number(bytes, 24, 8),
		prp2 = number(bytes, 32, 8), sgl_length = number(bytes, 32, 4), sgl_type = math.floor(number(bytes, 39, 1) / 16),
		cdw10 = number(bytes, 40, 4), cdw11 = number(bytes, 44, 4), cdw12 = number(bytes, 48, 4), data = {},
	}
end

function nvme_commands.has_range(command)
	return not command.admin and RANGE_COMMANDS[command.opcode] or false
end

function nvme_commands.is_identify_namespace(command)
	return command.admin and command.opcode == IDENTIFY and command.cdw10 % 256 == 0
end

-- Bytes that a command moves; nil if that cannot be told from it.
local function data_bytes(state, command)
	if command.opcode % 4 == 0 then
		return 0
	elseif command.admin then
		if command.opcode == CREATE_SQ or command.opcode == CREATE_CQ then
			return 0
		elseif command.opcode == IDENTIFY then
			return IDENTIFY_BYTES
		elseif command.opcode == GET_LOG_PAGE then
			return (math.floor(command.cdw10 / 65536) + command.cdw11 % 65536 * 65536 + 1) * 4
		end
		return nil
	elseif BLOCK_COMMANDS[command.opcode] then
		return (command.cdw12 % 65536 + 1) * 2 ^ (state.block_shift[command.nsid] or DEFAULT_BLOCK_SHIFT)
	elseif command.opcode == DATASET_MANAGEMENT then
		return (command.cdw10 % 256 + 1) * 16
	end
	return nil
end

local function add_data(state, command, address, length, offset)
	local segment = {kind = "data", command = command, offset = offset}
	nvme_memory.add(state.memory, address, length, segment)
	command.segments[#command.segments + 1] = segment
end

-- A PRP list for the `left` bytes from `offset` on; as much of it as its page holds (NVMe 1.4 4.3).
local function add_list(state, command, address, offset, left)
	address = address - address % 8
	local entries = math.ceil(left / state.page)
	local room = (state.page - address % state.page) / 8
	local segment = {kind = "list", command = command, offset = offset, left = left}
	nvme_memory.add(state.memory, address, math.min(entries, room) * 8, segment)
	command.segments[#command.segments + 1] = segment
end

-- Notes where the data of a command are.
function nvme_commands.place(state, command)
	command.segments = {}
	local length = data_bytes(state, command)
	if length == 0 then
		return
	elseif command.psdt ~= 0 then
		-- A single data block descriptor; other SGL descriptors are not followed.
		if command.sgl_type == 0 then
			add_data(state, command, command.prp1, command.sgl_length, 0)
		end
		return
	end
	local page = state.page
	local first = page - command.prp1 % page
	add_data(state, command, command.prp1, math.min(first, length or first), 0)
	if not length and command.prp2 ~= 0 then
		add_data(state, command, command.prp2, page - command.prp2 % page, first)
	elseif length and length > first + page then
		add_list(state, command, command.prp2, first, length - first)
	elseif length and length > first then
		add_data(state, command, command.prp2, length - first, first)
	end
end

-- A part of a PRP list has been fetched from `address`.
function nvme_commands.follow_list(state, segment, address, bytes)
	local page = state.page
	for at = 0, #bytes - 8, 8 do
		local entry_address = address + at
		local index = (entry_address - segment.from) / 8
		local left = segment.left - index * page
		if left <= 0 or entry_address >= segment.to then
			return
		end
		local entry = number(bytes, at, 8)
		if left > page and entry_address % page == page - 8 then
			add_list(state, segment.command, entry, segment.offset + index * page, left)
		else
			add_data(state, segment.command, entry, math.min(page, left), segment.offset + index * page)
		end
	end
end

-- The command is done: its memory is the host's again.
function nvme_commands.release(command)
	for _, segment in ipairs(command.segments or {}) do
		segment.dead = true
	end
	command.segments = nil
end

local function argument(command)
	local low = command.cdw10 % 256
	if command.opcode == IDENTIFY then
		return nvme_names.cns[low] or string.format("CNS 0x%02x", low)
	elseif command.opcode == GET_LOG_PAGE then
		return nvme_names.logs[low] or string.format("log 0x%02x", low)
	elseif command.opcode == 0x09 or command.opcode == 0x0a then
		return nvme_names.features[low] or string.format("feature 0x%02x", low)
	elseif command.opcode == CREATE_SQ or command.opcode == CREATE_CQ then
		return string.format("queue %d of %d entries", command.cdw10 % 65536, math.floor(command.cdw10 / 65536) + 1)
	elseif command.opcode == 0x00 or command.opcode == 0x04 then
		return string.format("queue %d", command.cdw10 % 65536)
	elseif command.opcode == 0x08 then
		return string.format("SQ%d CID %d", command.cdw10 % 65536, math.floor(command.cdw10 / 65536))
	end
	return nil
end

-- The queue and command in words: SQ1 CID 5 Read.
function nvme_commands.title(command)
	return string.format("SQ%d CID %d %s", command.sqid, command.cid, command.name)
end

-- What the command asks for in words, or nil.
function nvme_commands.details(command)
	if command.admin then
		return argument(command)
	elseif nvme_commands.has_range(command) then
		return string.format("namespace %d, LBA %.0f, %d blocks", command.nsid,
			command.cdw11 * 4294967296 + command.cdw10, command.cdw12 % 65536 + 1)
	end
	return string.format("namespace %d", command.nsid)
end

return nvme_commands
