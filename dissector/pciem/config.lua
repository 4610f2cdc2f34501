-- Capabilities of configuration space, followed along their chains as the reads of the capture show them.

local config_names = require("pciem.config_names")
local maps = require("pciem.maps")

local config = {}

local CONFIG_SPACE = 7
local CAPABILITIES_POINTER, FIRST_CAPABILITY, FIRST_EXTENDED = 0x34, 0x40, 0x100
local ID_MSI, ID_VENDOR = 0x05, 0x09
-- More capabilities than a space has room for: a chain that runs in a circle.
local MAX_CAPABILITIES = 64
local MAX_EXTENDED = 1024

-- By device address: the bytes read so far, and what has been placed where.
local by_device = {}

function config.reset()
	by_device = {}
end

-- The function is another one from here on, or has a new map.
function config.forget(device)
	by_device[device] = nil
end

local function place(device, at, prefix, rows)
	for _, row in ipairs(rows) do
		maps.add_register(device, maps.register(CONFIG_SPACE, at + row[1], row[2], prefix .. " " .. row[3], row[4]))
	end
end

local function place_body(device, at, capability)
	for i = 2, #capability do
		place(device, at, capability[1], {capability[i]})
	end
end

-- What the layout of a capability depends on besides its ID.
local function variant(bytes, at, id)
	if id == ID_MSI then
		return bytes[at + 2] or 0
	elseif id == ID_VENDOR then
		return bytes[at + 2] or 3
	end
	return 0
end

local function place_capability(state, device, at, id)
	local bytes = state.bytes
	local shape = variant(bytes, at, id)
	-- The control bits of MSI above bit 7 are in the next byte.
	local masks = id == ID_MSI and (bytes[at + 3] or 0) % 2 == 1
	local key = string.format("%x:%x:%s", id, shape, masks and "m" or "")
	if state.placed[at] == key then
		return
	end
	state.placed[at] = key
	local capability = config_names.capabilities[id] or {string.format("Capability 0x%02x", id)}
	place(device, at, capability[1], {{0, 1, "Capability ID"}, {1, 1, "Next Capability Pointer"}})
	place_body(device, at, capability)
	if id == ID_MSI then
		place(device, at, capability[1], config_names.msi_rest(math.floor(shape / 128) == 1, masks))
	elseif id == ID_VENDOR then
		for offset = 3, math.min(shape, 0x100 - at) - 1 do
			place(device, at, capability[1], {{offset, 1, string.format("Data [%d]", offset)}})
		end
	end
end

local function follow(state, device)
	local bytes = state.bytes
	local at = bytes[CAPABILITIES_POINTER]
	for _ = 1, MAX_CAPABILITIES do
		at = at and at - at % 4
		if not at or at < FIRST_CAPABILITY or not bytes[at] or bytes[at] == 0xff then
			return
		end
		place_capability(state, device, at, bytes[at])
		at = bytes[at + 1]
	end
end

local function follow_extended(state, device)
	local bytes = state.bytes
	local at = FIRST_EXTENDED
	for _ = 1, MAX_EXTENDED do
		if at < FIRST_EXTENDED or not (bytes[at] and bytes[at + 1] and bytes[at + 2] and bytes[at + 3]) then
			return
		end
		local id = bytes[at] + bytes[at + 1] * 256
		local next_at = math.floor(bytes[at + 2] / 16) + bytes[at + 3] * 16
		if id == 0xffff or id == 0 and next_at == 0 then
			return
		end
		if state.placed[at] ~= id then
			state.placed[at] = id
			local capability = config_names.extended[id] or {string.format("Extended Capability 0x%04x", id)}
			place(device, at, capability[1], {
				{0, 4, "Extended Capability Header", "Capability ID 0-15, Version 16-19, Next Capability Offset 20-31"},
			})
			place_body(device, at, capability)
		end
		at = next_at - next_at % 4
	end
end

-- A configuration read has returned `bytes` from `offset` on: follows the chains as far as they are known now.
function config.learn(device, offset, bytes)
	local state = by_device[device]
	if not state then
		state = {bytes = {}, placed = {}}
		by_device[device] = state
	end
	local changed = false
	for i = 1, #bytes do
		local byte = string.byte(bytes, i)
		if state.bytes[offset + i - 1] ~= byte then
			state.bytes[offset + i - 1] = byte
			changed = true
		end
	end
	if changed then
		follow(state, device)
		follow_extended(state, device)
	end
end

return config
