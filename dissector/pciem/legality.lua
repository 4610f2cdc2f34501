-- Rules that a single TLP must keep, and what its byte enables mean. Problems are collected in t.problems.

local names = require("pciem.names")

local legality = {}

local function problem(t, ...)
	t.problems[#t.problems + 1] = string.format(...)
end

local function has_bit(value, number)
	return math.floor(value / 2 ^ number) % 2 == 1
end

local function lowest_bit(value)
	for number = 0, 3 do
		if has_bit(value, number) then
			return number
		end
	end
	return 0
end

local function highest_bit(value)
	for number = 3, 0, -1 do
		if has_bit(value, number) then
			return number
		end
	end
	return 0
end

-- Sets t.length from its field: 0 stands for 1024, or is reserved in completions and messages without data.
function legality.length(t)
	t.length = t.raw_length
	local reserved = not t.has_data and (t.layout == "completion" or t.layout == "message")
	if reserved and t.length ~= 0 then
		problem(t, "Length %d where it is reserved", t.length)
	elseif t.length == 0 and not reserved then
		t.length = 1024
	end
end

-- `reported`: bytes that the packet had after the header before any snap length; `bytes`: payload by the header.
function legality.payload(t, reported, bytes)
	local expected = bytes + (t.td == 1 and 4 or 0)
	if reported ~= expected then
		problem(t, "%d bytes follow the header, which says %d", math.max(reported, 0), expected)
	end
end

-- Offset in its DW of the first enabled byte, and bytes from it to the last one.
function legality.enabled(t)
	if names.atomics[t.name] or t.th == 1 then
		return 0, t.length * 4
	end
	if t.length == 1 then
		if t.first_be == 0 then
			return 0, 0
		end
		return lowest_bit(t.first_be), highest_bit(t.first_be) - lowest_bit(t.first_be) + 1
	end
	local first = lowest_bit(t.first_be)
	return first, t.length * 4 - first - (3 - highest_bit(t.last_be))
end

-- Byte count of the first completion of a request of `size` enabled bytes (PCIe 5.0 2.3.1.1).
function legality.expected_bytes(t, size)
	if names.memory_reads[t.name] then
		return math.max(size, 1)
	elseif t.name == "CAS" then
		return t.length * 2
	elseif names.atomics[t.name] then
		return t.length * 4
	end
	return 4
end

-- I/O and configuration requests (PCIe 5.0 2.2.7.1).
function legality.one_dword(t)
	if t.length ~= 1 then
		problem(t, "Length %d, must be 1", t.length)
	end
	if t.last_be ~= 0 then
		problem(t, "Last DW byte enables 0x%x, must be 0", t.last_be)
	end
	if t.tc ~= 0 or t.attr ~= 0 or t.at ~= 0 then
		problem(t, "Traffic class, attributes and address type must be 0")
	end
end

-- Lengths in dw that an atomic may have (PCIe 5.0 2.2.7).
local ATOMIC_LENGTHS = {
	FetchAdd = {[1] = true, [2] = true}, Swap = {[1] = true, [2] = true}, CAS = {[2] = true, [4] = true, [8] = true},
}

local function check_atomic(t)
	if not ATOMIC_LENGTHS[t.name][t.length] then
		problem(t, "Atomic of %d dw", t.length)
	end
	if t.address_low % (t.length * (t.name == "CAS" and 2 or 4)) ~= 0 then
		problem(t, "Atomic is not aligned to its operand")
	end
	if t.th == 0 and (t.first_be ~= 0 or t.last_be ~= 0) then
		problem(t, "Byte enables of an atomic are reserved")
	end
end

local FIRST_CONTIGUOUS = {[0xf] = true, [0xe] = true, [0xc] = true, [0x8] = true}
local LAST_CONTIGUOUS = {[0xf] = true, [0x7] = true, [0x3] = true, [0x1] = true}

local function check_byte_enables(t)
	if t.length == 1 then
		if t.last_be ~= 0 then
			problem(t, "Last DW byte enables 0x%x of a request of 1 dw", t.last_be)
		end
	elseif t.first_be == 0 or t.last_be == 0 then
		problem(t, "No byte enabled in the first or last of several dw")
	elseif not (t.length == 2 and t.address_low % 8 == 0)
		and not (FIRST_CONTIGUOUS[t.first_be] and LAST_CONTIGUOUS[t.last_be]) then
		problem(t, "Byte enables 0x%x, 0x%x are not contiguous", t.first_be, t.last_be)
	end
end

function legality.address(t)
	if t.name == "IORd" or t.name == "IOWr" then
		legality.one_dword(t)
		return
	end
	if t.dwords == 4 and t.address_high == 0 then
		problem(t, "4 dw header below 4 GiB")
	end
	if names.atomics[t.name] then
		check_atomic(t)
		return
	end
	if t.address_low % 4096 + t.length * 4 > 4096 then
		problem(t, "Request crosses 4 KiB")
	end
	if t.th == 0 then
		check_byte_enables(t)
	end
end

function legality.completion(t)
	if not names.completion_status[t.status] then
		problem(t, "Completion status %d is reserved", t.status)
	end
	if t.status ~= 0 and t.has_data then
		problem(t, "Data with an unsuccessful status")
	end
end

return legality
