-- What a controller and its driver do, learned packet by packet on the first pass.
--
-- state.by_frame keeps what a packet is about: {kind, commands, ...}. Kinds: doorbell, head, fetch, submission, list, data,
-- completion, interrupt, shadow.

local nvme_commands = require("pciem.nvme_commands")
local nvme_memory = require("pciem.nvme_memory")

local nvme_state = {}

local number = nvme_commands.number
local SQE_BYTES, CQE_BYTES = nvme_commands.ENTRY_BYTES, 16
local CC, AQA, ASQ, ACQ, REGISTERS_END, DOORBELLS = 0x14, 0x24, 0x28, 0x30, 0x40, 0x1000
local CREATE_SQ, CREATE_CQ, DOORBELL_BUFFER = 0x01, 0x05, 0x7c
local SHADOW_BYTES = 4
local MAX_QUEUES = 65536
-- In the data of Identify Namespace: format in use, and the formats, of which byte 2 is the shift of the block size.
local FLBAS, LBAF, IDENTIFY_END = 26, 128, 192

local function forget_queues(state)
	state.sq, state.cq = {}, {}
	state.memory = nvme_memory.new()
	state.shadow = nil
end

-- The state of a controller that nothing is known of yet.
function nvme_state.new()
	local state = {by_frame = {}, registers = {}, block_shift = {}, page = 4096, next_command = 1}
	forget_queues(state)
	return state
end

-- A reset, or the end of the device.
function nvme_state.reset(state)
	state.registers = {}
	forget_queues(state)
end

local function register(state, offset, length)
	local value = 0.0
	for byte = offset + length - 1, offset, -1 do
		value = value * 256 + (state.registers[byte] or 0)
	end
	return value
end

local function add_queue(state, kind, qid, base, size)
	local queues = state[kind]
	if queues[qid] then
		queues[qid].segment.dead = true
	end
	local queue = {qid = qid, size = size, position = 0, by_index = {}, open = {}, fresh = {}}
	queue.segment = {kind = kind, queue = queue}
	queues[qid] = queue
	nvme_memory.add(state.memory, base, size * (kind == "sq" and SQE_BYTES or CQE_BYTES), queue.segment)
	return queue
end

local function enable(state)
	forget_queues(state)
	state.page = 2 ^ (12 + math.floor(register(state, CC, 4) / 128) % 16)
	local sizes = register(state, AQA, 4)
	add_queue(state, "sq", 0, register(state, ASQ, 8), sizes % 4096 + 1)
	add_queue(state, "cq", 0, register(state, ACQ, 8), math.floor(sizes / 65536) % 4096 + 1).vector = 0
end

local function learn_registers(state, access, bytes)
	local was_enabled = register(state, CC, 1) % 2 == 1
	for i = 1, #bytes do
		state.registers[access.offset + i - 1] = string.byte(bytes, i)
	end
	local enabled = register(state, CC, 1) % 2 == 1
	if enabled and not was_enabled then
		enable(state)
	elseif was_enabled and not enabled then
		forget_queues(state)
	end
end

-- Which doorbell lies at an offset: the kind of queue and its number.
local function doorbell_at(state, offset)
	local stride = 4 * 2 ^ (register(state, 4, 1) % 16)
	local index = (offset - DOORBELLS) / stride
	if index ~= math.floor(index) or index >= 2 * MAX_QUEUES then
		return nil
	end
	index = math.floor(index)
	return index % 2 == 0 and "sq" or "cq", math.floor(index / 2)
end

-- A doorbell that says `value`, in a packet that is about `info`.
local function ring(access, info, kind, queue, value)
	local index = queue.position
	while index ~= value do
		if kind == "sq" then
			queue.by_index[index] = {frame = access.frame, access = access, info = info}
		elseif queue.by_index[index] then
			info.commands[#info.commands + 1] = queue.by_index[index]
			queue.by_index[index].head_frame = access.frame
		end
		index = (index + 1) % queue.size
	end
	queue.position = value
end

local function learn_doorbell(state, access, bytes)
	local kind, qid = doorbell_at(state, access.offset)
	local queue = kind and state[kind][qid]
	local value = #bytes == 4 and number(bytes, 0, 4)
	if not queue or not value or value >= queue.size then
		return
	end
	-- I/O queues with shadow doorbells are followed by these: the register may be behind.
	if state.shadow and qid > 0 then
		return
	end
	local info = {kind = kind == "sq" and "doorbell" or "head", qid = qid, commands = {}}
	state.by_frame[access.frame] = info
	ring(access, info, kind, queue, value)
end

-- The controller reads doorbells from the host's memory (NVMe 1.4 7.13). Admin queues have none there.
local function learn_shadow(state, access, segment, bytes)
	local info = {kind = "shadow", commands = {}, words = {}}
	local first = (access.address - segment.from) / SHADOW_BYTES
	for at = 0, #bytes - SHADOW_BYTES, SHADOW_BYTES do
		local index = first + at / SHADOW_BYTES
		local kind, qid = index % 2 == 0 and "sq" or "cq", math.floor(index / 2)
		local queue = qid > 0 and state[kind][qid]
		local value = number(bytes, at, SHADOW_BYTES)
		if queue and value < queue.size and value ~= queue.position then
			info.words[#info.words + 1] = string.format("%s%d %s = %d", string.upper(kind), qid,
				kind == "sq" and "tail" or "head", value)
			ring(access, info, kind, queue, value)
		end
	end
	state.by_frame[access.frame] = info
end

local function learn_submission(state, access, segment, bytes)
	local queue = segment.queue
	local info = {kind = "submission", qid = queue.qid, commands = {}, entries = {}}
	local skip = (access.address - segment.from) % SQE_BYTES
	local fetch = state.by_frame[access.request]
	for at = (SQE_BYTES - skip) % SQE_BYTES, #bytes - SQE_BYTES, SQE_BYTES do
		local command = nvme_commands.read(string.sub(bytes, at + 1, at + SQE_BYTES), queue.qid)
		command.number = state.next_command
		state.next_command = state.next_command + 1
		command.fetch_frame, command.submission_frame, command.fetched = access.request, access.frame, access
		local index = math.floor((access.address + at - segment.from) / SQE_BYTES)
		local doorbell = queue.by_index[index]
		if doorbell then
			command.doorbell_frame, command.rung = doorbell.frame, doorbell.access
			doorbell.info.commands[#doorbell.info.commands + 1] = command
			queue.by_index[index] = nil
		end
		if queue.open[command.cid] then
			nvme_commands.release(queue.open[command.cid])
		end
		queue.open[command.cid] = command
		nvme_commands.place(state, command)
		info.commands[#info.commands + 1] = command
		info.entries[#info.entries + 1] = at
		if fetch and fetch.kind == "fetch" then
			fetch.commands[#fetch.commands + 1] = command
		end
	end
	state.by_frame[access.frame] = info
end

-- Identify Namespace tells how long a logical block is.
local function learn_identify(command, offset, bytes)
	command.identify = command.identify or {}
	for i = 1, #bytes do
		local at = offset + i - 1
		if at == FLBAS or at >= LBAF and at < IDENTIFY_END then
			command.identify[at] = string.byte(bytes, i)
		end
	end
end

local function learn_data(state, access, segment, bytes)
	local command = segment.command
	state.by_frame[access.frame] = {kind = segment.kind, commands = {command}, write = access.type == "dma_write"}
	command.data[#command.data + 1] = access.frame
	if access.type == "dma_write" and nvme_commands.is_identify_namespace(command) then
		learn_identify(command, segment.offset + access.address - segment.from, bytes)
	elseif access.type == "dma_completion" and segment.kind == "list" then
		nvme_commands.follow_list(state, segment, access.address, bytes)
	end
end

-- What a successful command changes.
local function take_effect(state, command)
	local qid, size = command.cdw10 % 65536, math.floor(command.cdw10 / 65536) + 1
	if command.admin and command.opcode == CREATE_SQ then
		add_queue(state, "sq", qid, command.prp1, size)
	elseif command.admin and command.opcode == CREATE_CQ then
		local queue = add_queue(state, "cq", qid, command.prp1, size)
		queue.vector = math.floor(command.cdw11 / 65536)
	elseif command.admin and command.opcode == DOORBELL_BUFFER then
		if state.shadow then
			state.shadow.dead = true
		end
		state.shadow = {kind = "shadow"}
		nvme_memory.add(state.memory, command.prp1, state.page, state.shadow)
	elseif command.identify then
		local format = (command.identify[FLBAS] or 0) % 16
		local shift = command.identify[LBAF + 4 * format + 2]
		if shift and shift >= 9 and shift < 32 then
			state.block_shift[command.nsid] = shift
		end
	end
end

local function read_completion(bytes, at)
	local status = math.floor(number(bytes, at + 14, 2) / 2)
	return {
		at = at, result = number(bytes, at, 4), sqhd = number(bytes, at + 8, 2), sqid = number(bytes, at + 10, 2),
		cid = number(bytes, at + 12, 2), phase = number(bytes, at + 14, 1) % 2, code = status % 256,
		code_type = math.floor(status / 256) % 8,
	}
end

local function learn_completion(state, access, segment, bytes)
	local queue = segment.queue
	local info = {kind = "completion", qid = queue.qid, commands = {}, entries = {}}
	local skip = (access.address - segment.from) % CQE_BYTES
	for at = (CQE_BYTES - skip) % CQE_BYTES, #bytes - CQE_BYTES, CQE_BYTES do
		local entry = read_completion(bytes, at)
		local sq = state.sq[entry.sqid]
		local command = sq and sq.open[entry.cid]
		info.entries[#info.entries + 1] = entry
		if not command or entry.code ~= 0 or entry.code_type ~= 0 then
			info.has_problem = true
		end
		if command then
			sq.open[entry.cid] = nil
			entry.command = command
			command.completion_frame, command.completed = access.frame, access
			command.code_type, command.code = entry.code_type, entry.code
			nvme_commands.release(command)
			info.commands[#info.commands + 1] = command
			queue.fresh[#queue.fresh + 1] = command
			queue.by_index[math.floor((access.address + at - segment.from) / CQE_BYTES)] = command
			if entry.code == 0 and entry.code_type == 0 then
				take_effect(state, command)
			end
		end
	end
	state.by_frame[access.frame] = info
end

local function by_number(a, b)
	return a.number < b.number
end

local function learn_interrupt(state, access)
	local info = {kind = "interrupt", commands = {}}
	for _, queue in pairs(state.cq) do
		if access.pin and access.asserted or access.vector and queue.vector == access.vector then
			for _, command in ipairs(queue.fresh) do
				command.interrupt_frame, command.interrupted = access.frame, access
				info.commands[#info.commands + 1] = command
			end
			queue.fresh = {}
		end
	end
	table.sort(info.commands, by_number)
	state.by_frame[access.frame] = info
end

local function learn_dma(state, access, bytes)
	local segment = nvme_memory.find(state.memory, access.address)
	if not segment then
		return
	elseif segment.command then
		learn_data(state, access, segment, bytes)
	elseif segment.kind == "cq" and access.type == "dma_write" then
		learn_completion(state, access, segment, bytes)
	elseif segment.kind == "sq" and access.type == "dma_completion" then
		learn_submission(state, access, segment, bytes)
	elseif segment.kind == "shadow" and access.type == "dma_completion" then
		learn_shadow(state, access, segment, bytes)
	elseif segment.kind == "sq" and access.type == "dma_read" then
		state.by_frame[access.frame] = {
			kind = "fetch", qid = segment.queue.qid, commands = {},
			first = math.floor((access.address - segment.from) / SQE_BYTES), count = math.floor(access.size / SQE_BYTES),
		}
	end
end

-- Learns from an access whose data are `bytes`, "" if it has none.
function nvme_state.learn(state, access, bytes)
	if access.type == "interrupt" then
		learn_interrupt(state, access)
	elseif string.sub(access.type, 1, 3) == "dma" then
		learn_dma(state, access, bytes)
	elseif access.space == 0 and access.offset < REGISTERS_END and access.type ~= "read" then
		learn_registers(state, access, bytes)
	elseif access.space == 0 and access.offset >= DOORBELLS and access.type == "write" then
		learn_doorbell(state, access, bytes)
	end
end

return nvme_state
