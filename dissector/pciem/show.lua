-- Fields of the packet's tree, made only for whoever looks.
--
-- Making ranges and items takes most of the time of a packet that is only listed. So trees are nil when no field of
-- ours is shown or filtered for, and only those fields are made that are.

local show = {}

-- Adds a field of `length` bytes at `at`, if anybody looks. Returns its item, or nil.
function show.field(tree, field, tvb, at, length, value)
	if not tree or not tree:referenced(field) then
		return nil
	end
	if value == nil then
		return tree:add(field, tvb(at, length))
	end
	return tree:add(field, tvb(at, length), value)
end

-- Adds a field of a range that others share, if anybody looks. Returns its item, or nil.
function show.ranged(tree, field, range)
	return tree:referenced(field) and tree:add(field, range) or nil
end

-- Adds a field that is worked out and not in the packet.
function show.generated(tree, field, tvb, value)
	if tree and tree:referenced(field) then
		tree:add(field, tvb(), value):set_generated()
	end
end

-- Adds words to an item, if there is one.
function show.append(item, text)
	if item then
		item:append_text(text)
	end
end

-- Unsigned numbers of a string of bytes, from a position that counts from 1.
function show.u16(bytes, from)
	local a, b = string.byte(bytes, from, from + 1)
	return a * 256 + b
end

function show.u32(bytes, from)
	local a, b, c, d = string.byte(bytes, from, from + 3)
	return ((a * 256 + b) * 256 + c) * 256 + d
end

-- Low and high half of up to 8 little-endian bytes.
function show.halves(bytes)
	local low, high = 0, 0
	for i = math.min(#bytes, 8), 1, -1 do
		if i > 4 then
			high = high * 256 + string.byte(bytes, i)
		else
			low = low * 256 + string.byte(bytes, i)
		end
	end
	return low, high
end

-- Little-endian bytes as one number in hexadecimal.
function show.hex(bytes)
	local digits = string.gsub(string.reverse(bytes), ".", function(byte)
		return string.format("%02x", string.byte(byte))
	end)
	return "0x" .. digits
end

return show
