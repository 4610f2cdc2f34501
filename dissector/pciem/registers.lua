-- What an access means to the registers that it covers.

local fields = require("pciem.fields")
local maps = require("pciem.maps")
local show = require("pciem.show")

local registers = {}

-- An access wider than this is no register access.
local MAX_BYTES = 64

-- Bits lsb to msb of up to 8 little-endian bytes, in decimal; the whole in hexadecimal if they are too many for a number.
local function bits(bytes, lsb, msb)
	local low, high = show.halves(bytes)
	local value
	if msb < 32 then
		value = math.floor(low / 2 ^ lsb) % 2 ^ (msb - lsb + 1)
	elseif lsb >= 32 then
		value = math.floor(high / 2 ^ (lsb - 32)) % 2 ^ (msb - lsb + 1)
	elseif msb - lsb < 53 then
		value = math.floor(low / 2 ^ lsb) + (high % 2 ^ (msb - 31)) * 2 ^ (32 - lsb)
	else
		return show.hex(bytes)
	end
	return string.format("%.0f", value)
end

local function show_fields(tree, register, tvb, at, bytes)
	if not tree:referenced(fields.field) then
		return
	end
	for _, field in ipairs(register.fields) do
		if field.msb < #bytes * 8 then
			local position = field.lsb == field.msb and "" or string.format("%d:", field.msb)
			local text = string.format("%s = %s", field.name, bits(bytes, field.lsb, field.msb))
			tree:add(fields.field, tvb(at, #bytes), text):append_text(string.format(" (bits %s%d)", position, field.lsb))
		end
	end
end

-- A register, or a part of it, and its data of `length` bytes at `at`; nil for a request without data.
local function show_register(tree, tvb, register, name, whole, at, bytes)
	local item
	if bytes then
		item = show.field(tree, fields.register, tvb, at, #bytes, name)
	else
		item = show.field(tree, fields.register, tvb, 48, 8, name)
	end
	if item then
		item:set_generated()
	end
	local parent = item or tree
	if not bytes then
		return
	end
	if #bytes <= 8 and parent:referenced(fields.value) then
		parent:add(fields.value, tvb(at, #bytes), UInt64(show.halves(bytes))):set_generated()
	end
	if whole then
		show_fields(parent, register, tvb, at, bytes)
	end
	if register.doorbell and #bytes <= 4 and parent:referenced(fields.doorbell) then
		parent:add(fields.doorbell, tvb(at, #bytes), (show.halves(bytes))):set_generated()
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

-- One register, or `length` bytes from byte `first` of it. Returns words for the Info column.
local function describe(tree, tvb, register, index, first, length, at, bytes)
	local name = maps.register_name(register, index)
	local whole = first == 0 and length == register.width
	if not whole then
		name = string.format("%s[%d:%d]", name, (first + length) * 8 - 1, first * 8)
	end
	if tree then
		show_register(tree, tvb, register, name, whole, at, bytes)
	end
	if not bytes then
		return name
	elseif register.doorbell and length <= 4 then
		return string.format("%s = %d", doorbell_title(name), (show.halves(bytes)))
	end
	return name .. " = " .. show.hex(bytes)
end

-- Names the registers at `length` bytes from the record's offset and shows them. `bytes` are the data from byte `at` of
-- the packet on, nil for a request without data. Returns words for the Info column, or nil if no register is known there.
function registers.show(rec, tvb, tree, length, at, bytes)
	if rec.offset_high ~= 0 or length > MAX_BYTES then
		return nil
	end
	if bytes and #bytes < length then
		length = #bytes
	end
	local words
	local done = 0
	while done < length do
		local register, start, index = maps.register_at(rec.device, rec.space, rec.offset + done)
		if register then
			local first = rec.offset + done - start
			local count = math.min(register.width - first, length - done)
			local data = bytes and string.sub(bytes, done + 1, done + count)
			local word = describe(tree, tvb, register, index, first, count, at and at + done, data)
			words = words and words .. ", " .. word or word
			done = done + count
		else
			done = done + 1
		end
	end
	return words
end

return registers
