-- What an access means to the registers that it covers.

local fields = require("pciem.fields")
local maps = require("pciem.maps")

local registers = {}

-- An access wider than this is no register access.
local MAX_BYTES = 64

-- Little-endian bytes as 0x and hexadecimal digits.
local function hex(range)
	local digits = {}
	for i = range:len() - 1, 0, -1 do
		digits[#digits + 1] = string.format("%02x", range(i, 1):uint())
	end
	return "0x" .. table.concat(digits)
end

-- Low and high half of a little-endian range of 1 to 8 bytes.
local function halves(range)
	local length = range:len()
	if length <= 4 then
		return range:le_uint(), 0
	end
	return range(0, 4):le_uint(), range(4, length - 4):le_uint()
end

-- Bits lsb to msb of a range of up to 8 bytes, in decimal; the whole in hexadecimal if they are too many for a number.
local function bits(range, lsb, msb)
	local low, high = halves(range)
	local value
	if msb < 32 then
		value = math.floor(low / 2 ^ lsb) % 2 ^ (msb - lsb + 1)
	elseif lsb >= 32 then
		value = math.floor(high / 2 ^ (lsb - 32)) % 2 ^ (msb - lsb + 1)
	elseif msb - lsb < 53 then
		value = math.floor(low / 2 ^ lsb) + (high % 2 ^ (msb - 31)) * 2 ^ (32 - lsb)
	else
		return hex(range)
	end
	return string.format("%.0f", value)
end

local function show_fields(tree, register, range)
	for _, field in pairs(register.fields) do
		if field.msb < range:len() * 8 then
			local position = field.lsb == field.msb and "" or string.format("%d:", field.msb)
			tree:add(fields.field, range, string.format("%s = %s", field.name, bits(range, field.lsb, field.msb)))
				:append_text(string.format(" (bits %s%d)", position, field.lsb))
		end
	end
end

-- NVMe's doorbells (NVMe 1.4 3.1.24, 3.1.25) in words; other names as they are.
local function doorbell_title(name)
	local queue, side = string.match(name, "^([SC]Q%d+)([TH])DBL$")
	if not queue then
		return name
	end
	return queue .. (side == "T" and " tail doorbell" or " head doorbell")
end

-- One register, or the part of one that is accessed, from byte `first` of it. Returns words for the Info column.
local function describe(tree, tvb, register, index, first, length, data)
	local name = maps.register_name(register, index)
	local whole = first == 0 and length == register.width
	if not whole then
		name = string.format("%s[%d:%d]", name, (first + length) * 8 - 1, first * 8)
	end
	local item = tree:add(fields.register, data or tvb(), name)
	item:set_generated()
	if not data then
		return name
	end
	if length <= 8 then
		item:add(fields.value, data, UInt64(halves(data))):set_generated()
	end
	if whole then
		show_fields(item, register, data)
	end
	if register.doorbell and length <= 4 then
		item:add(fields.doorbell, data, data:le_uint()):set_generated()
		return string.format("%s = %d", doorbell_title(name), data:le_uint())
	end
	return name .. " = " .. hex(data)
end

-- Names the registers at `length` bytes from the record's offset and shows them. `data` is their range of bytes, nil
-- for a request without data. Returns words for the Info column, or nil if no register is known there.
function registers.show(rec, tvb, tree, length, data)
	if rec.offset_high ~= 0 or length > MAX_BYTES then
		return nil
	end
	if data and data:len() < length then
		length = data:len()
	end
	local words = {}
	local done = 0
	while done < length do
		local register, start, index = maps.register_at(rec.device, rec.space, rec.offset + done)
		if register then
			local first = rec.offset + done - start
			local count = math.min(register.width - first, length - done)
			words[#words + 1] = describe(tree, tvb, register, index, first, count, data and data(done, count))
			done = done + count
		else
			done = done + 1
		end
	end
	if #words == 0 then
		return nil
	end
	return table.concat(words, ", ")
end

return registers
