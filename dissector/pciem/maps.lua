-- Device maps: register names by function and offset.

local config_names = require("pciem.config_names")
local names = require("pciem.names")

local maps = {}

local ITEM_IDENTITY, ITEM_BAR, ITEM_MSIX, ITEM_REGISTER = 1, 2, 3, 4
local CONFIG_SPACE = 7
local NO_ADDRESS = UInt64(0)
local ROLE_DOORBELL = 1

-- By device address; see new_map.
local by_device = {}

function maps.reset()
	by_device = {}
end

-- Fields from "NAME lowest bit-highest bit, NAME bit".
local function parse_fields(text)
	local list = {}
	for part in string.gmatch(text or "", "[^,]+") do
		local name, lsb, msb = string.match(part, "^%s*(.-) (%d+)%-?(%d*)$")
		list[#list + 1] = {name = name, lsb = tonumber(lsb), msb = tonumber(msb ~= "" and msb or lsb)}
	end
	return list
end

-- A single register; `fields`, which may be nil: "EN 0, IOSQES 16-19".
function maps.register(space, offset, width, name, fields)
	return {
		space = space, offset = offset, width = width, name = name, count = 1, stride = width, fields = parse_fields(fields),
	}
end

local function add_register(map, register)
	local space = map.spaces[register.space]
	if not space then
		space = {covering = {}, arrays = {}}
		map.spaces[register.space] = space
	end
	if register.count == 1 then
		for byte = register.offset, register.offset + register.width - 1 do
			space.covering[byte] = register
		end
	elseif register.stride > 0 then
		space.arrays[#space.arrays + 1] = register
	end
end

-- The MSI-X table and pending bits as registers (PCIe 5.0 7.7.2).
local function add_msix(map, msix)
	local entry = {"Message Address", "Message Upper Address", "Message Data", "Vector Control"}
	for i, name in ipairs(entry) do
		add_register(map, {
			space = msix.space, offset = msix.table + 4 * (i - 1), width = 4, name = "MSI-X {n} " .. name, count = msix.vectors,
			stride = 16, fields = {},
		})
	end
	add_register(map, {
		space = msix.space, offset = msix.pba, width = 8, name = "MSI-X Pending Bits {n}",
		count = math.floor((msix.vectors + 63) / 64), stride = 8, fields = {},
	})
end

local function new_map()
	local map = {spaces = {}, bars = {}}
	for _, row in ipairs(config_names.header) do
		add_register(map, maps.register(CONFIG_SPACE, row[1], row[2], row[3], row[4]))
	end
	return map
end

-- Configuration space has names without any map.
local fallback = new_map()

local function text(tvb, at, last)
	if at >= last then
		return "", at
	end
	local length = math.min(tvb(at, 1):uint(), last - at - 1)
	if length == 0 then
		return "", at + 1
	end
	return tvb(at + 1, length):string(ENC_UTF_8), at + 1 + length
end

local function read_register(tvb, at, last)
	if last - at < 16 then
		return nil
	end
	local register = {
		space = tvb(at, 1):uint(),
		width = tvb(at + 1, 1):uint(),
		doorbell = tvb(at + 2, 1):uint() == ROLE_DOORBELL,
		offset = tvb(at + 4, 4):uint(),
		count = tvb(at + 8, 4):uint(),
		stride = tvb(at + 12, 4):uint(),
		fields = {},
	}
	local next_field
	register.name, next_field = text(tvb, at + 16, last)
	for _ = 1, tvb(at + 3, 1):uint() do
		if last - next_field < 3 then
			break
		end
		local field = {lsb = tvb(next_field, 1):uint(), msb = tvb(next_field + 1, 1):uint()}
		field.name, next_field = text(tvb, next_field + 2, last)
		if field.lsb <= field.msb and field.msb <= 63 then
			register.fields[#register.fields + 1] = field
		end
	end
	return register
end

-- Reads one item. Returns its kind, and a table for a known one that is whole.
local function read_item(tvb, kind, at, last)
	if kind == ITEM_IDENTITY and last - at >= 12 then
		return {
			name = text(tvb, at + 12, last),
			vendor = tvb(at, 2):uint(),
			device = tvb(at + 2, 2):uint(),
			class = tvb(at + 8, 3):uint(),
			ids = string.format("%04x:%04x, subsystem %04x:%04x, class %06x, revision %02x", tvb(at, 2):uint(),
				tvb(at + 2, 2):uint(), tvb(at + 4, 2):uint(), tvb(at + 6, 2):uint(), tvb(at + 8, 3):uint(),
				tvb(at + 11, 1):uint()),
		}
	elseif kind == ITEM_BAR and last - at >= 20 then
		local flags = tvb(at + 2, 1):uint()
		local address = tvb(at + 12, 8):uint64()
		return {
			index = tvb(at, 1):uint(),
			size_high = tvb(at + 4, 4):uint(),
			size = tvb(at + 8, 4):uint(),
			text = string.format("%d: %s bytes, %s, %d-bit%s%s", tvb(at, 1):uint(), tostring(tvb(at + 4, 8):uint64()),
				names.bar_kinds[tvb(at + 1, 1):uint()] or "trapped", flags % 2 == 1 and 64 or 32,
				math.floor(flags / 2) % 2 == 1 and ", prefetchable" or "",
				address == NO_ADDRESS and "" or ", at 0x" .. address:tohex()),
		}
	elseif kind == ITEM_MSIX and last - at >= 12 then
		local msix = {
			space = tvb(at, 1):uint(), vectors = tvb(at + 2, 2):uint(), table = tvb(at + 4, 4):uint(),
			pba = tvb(at + 8, 4):uint(),
		}
		msix.text = string.format("%d vectors, table at 0x%x and pending bits at 0x%x of BAR %d", msix.vectors, msix.table,
			msix.pba, msix.space)
		return msix
	elseif kind == ITEM_REGISTER then
		return read_register(tvb, at, last)
	end
	return nil
end

-- Calls visit(kind, item or nil, range) for every item of a device map record.
function maps.items(tvb, at, visit)
	local last = tvb:len()
	while last - at >= 4 do
		local kind = tvb(at, 2):uint()
		local length = math.min(tvb(at + 2, 2):uint(), last - at - 4)
		visit(kind, read_item(tvb, kind, at + 4, at + 4 + length), tvb(at, 4 + length))
		at = at + 4 + length
	end
end

maps.IDENTITY, maps.BAR, maps.MSIX, maps.REGISTER = ITEM_IDENTITY, ITEM_BAR, ITEM_MSIX, ITEM_REGISTER

local function map_of(device)
	local map = by_device[device]
	if not map then
		map = new_map()
		by_device[device] = map
	end
	return map
end

-- Adds a register to the map of a function, in place of what was there.
function maps.add_register(device, register)
	add_register(map_of(device), register)
end

-- Keeps the registers of a device map record; part 0 starts a new map. Returns the identity, if it is in this record.
function maps.learn(rec, tvb)
	if rec.part == 0 then
		by_device[rec.device] = nil
	end
	local map = map_of(rec.device)
	local identity
	maps.items(tvb, rec.body, function(kind, item)
		if not item then
			return
		elseif kind == ITEM_REGISTER then
			add_register(map, item)
		elseif kind == ITEM_MSIX then
			add_msix(map, item)
		elseif kind == ITEM_BAR and item.size_high == 0 then
			map.bars[item.index] = item.size
		elseif kind == ITEM_IDENTITY then
			identity = item
		end
	end)
	return identity
end

-- Bytes of a register space, or nil if the map does not tell.
function maps.space_size(device, space)
	if space == CONFIG_SPACE then
		return 4096
	end
	return (by_device[device] or fallback).bars[space]
end

-- The register that covers a byte of a space: the register, its offset, its index in its array or nil. Else nil.
function maps.register_at(device, space_number, offset)
	local space = (by_device[device] or fallback).spaces[space_number]
	if not space then
		return nil
	end
	local register = space.covering[offset]
	if register then
		return register, register.offset
	end
	for _, array in ipairs(space.arrays) do
		local index = math.floor((offset - array.offset) / array.stride)
		local start = array.offset + index * array.stride
		if index >= 0 and index < array.count and offset - start < array.width then
			return array, start, index
		end
	end
	return nil
end

-- Name of a register; of the index-th of an array, where {n} stands for the index.
function maps.register_name(register, index)
	local number = string.format("%d", index or 0)
	local name, replaced = string.gsub(register.name, "{n}", number)
	if replaced > 0 or not index then
		return name
	end
	return name .. "[" .. number .. "]"
end

return maps
