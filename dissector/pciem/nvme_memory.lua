-- What lies where in the host's memory: queues, data and PRP lists of commands, by bus address.

local nvme_memory = {}

-- Addresses are kept by blocks of this size, whatever the controller's page size is.
local BLOCK = 4096
-- More blocks than a single queue or transfer can have are nonsense from a damaged capture.
local MAX_BLOCKS = 16384

function nvme_memory.new()
	return {}
end

-- Adds a segment of `length` bytes: a table that gets `from` and `to`. It counts until its `dead` is set.
function nvme_memory.add(memory, from, length, segment)
	segment.from, segment.to = from, from + length
	local first, last = math.floor(from / BLOCK), math.floor((segment.to - 1) / BLOCK)
	if length <= 0 or last - first >= MAX_BLOCKS then
		return
	end
	for block = first, last do
		local alive = {segment}
		for _, other in ipairs(memory[block] or {}) do
			if not other.dead then
				alive[#alive + 1] = other
			end
		end
		memory[block] = alive
	end
end

-- The segment that an address is in, the youngest one first; nil if there is none.
function nvme_memory.find(memory, address)
	for _, segment in ipairs(memory[math.floor(address / BLOCK)] or {}) do
		if not segment.dead and address >= segment.from and address < segment.to then
			return segment
		end
	end
	return nil
end

return nvme_memory
