-- AtomicOps: what they work with, and what was in memory before (PCIe 6.0 6.15).

local fields = require("pciem.fields")
local names = require("pciem.names")
local show = require("pciem.show")

local atomics = {}

local VERBS = {FetchAdd = "add", Swap = "swap"}

-- `size` bytes from byte `from` of the payload as a number; nil if they were not captured.
local function operand(t, tvb, tree, field, from, size)
	if t.payload_bytes < from + size then
		return nil
	end
	local text = show.hex(tvb:raw(t.payload_at + from, size))
	show.field(tree, field, tvb, t.payload_at + from, size, text)
	return text
end

-- Shows the operands of a request. Returns words for the Info column.
function atomics.request(t, tvb, tree)
	if t.name ~= "CAS" then
		local value = operand(t, tvb, tree, fields.atomic_operand, 0, t.length * 4)
		return value and string.format("  %s %s", VERBS[t.name], value) or ""
	end
	local size = t.length * 2
	local compare = operand(t, tvb, tree, fields.atomic_compare, 0, size)
	local value = operand(t, tvb, tree, fields.atomic_operand, size, size)
	return value and string.format("  compare %s swap %s", compare, value) or ""
end

-- Shows what the completion of a request with this name brings, if that was an AtomicOp.
function atomics.completion(name, t, tvb, tree)
	if names.atomics[name] and t.has_data then
		operand(t, tvb, tree, fields.atomic_original, 0, t.length * 4)
	end
end

return atomics
