-- What dissectors of devices are built on: docs/dissector-api.md.

local links = require("pciem.links")
local maps = require("pciem.maps")
local names = require("pciem.names")
local record = require("pciem.record")
local show = require("pciem.show")

local devices = {VERSION = 1}

-- Registered dissectors in order, and by name.
local dissectors, by_name = {}, {}
-- By device address: the dissector and its state.
local attached = {}

local function check(condition, message, ...)
	if not condition then
		error("pciem.devices.register: " .. string.format(message, ...), 3)
	end
end

-- Registers a dissector of devices: a table with name, match, and any of registers, attach, packet, record. Registering
-- the same name again does nothing, because Wireshark may load a file twice. Returns whether it is the first time, which
-- is when its Proto is to be made.
function devices.register(dissector)
	check(type(dissector) == "table", "a table is needed")
	check(type(dissector.name) == "string" and dissector.name ~= "", "name must be a text")
	check(type(dissector.match) == "table" and next(dissector.match) ~= nil,
		"%s: match must have name, class, or vendor and device", dissector.name)
	if by_name[dissector.name] then
		return false
	end
	by_name[dissector.name] = dissector
	dissectors[#dissectors + 1] = dissector
	return true
end

function devices.reset()
	attached = {}
end

local function matches(match, identity)
	for key, value in pairs(match) do
		if identity[key] ~= value then
			return false
		end
	end
	return true
end

local function add_registers(device, dissector)
	for _, row in ipairs(dissector.registers or {}) do
		local known = maps.register_at(device, row.space, row.offset)
		-- What the capture's own device map says is about this very device.
		if not known or #known.fields == 0 and known.count == 1 then
			maps.add_register(device, maps.register(row.space, row.offset, row.width, row.name, row.fields))
		end
	end
end

-- A device map has named a function: finds its dissector, the one registered last first.
function devices.attach(device, identity)
	attached[device] = nil
	for i = #dissectors, 1, -1 do
		local dissector = dissectors[i]
		if matches(dissector.match, identity) then
			add_registers(device, dissector)
			attached[device] = {
				dissector = dissector, identity = identity, state = dissector.attach and dissector.attach(device, identity) or {},
			}
			return
		end
	end
end

-- A record that is no TLP.
function devices.record(rec, kind)
	local found = kind and attached[rec.device]
	if found and found.dissector.record then
		found.dissector.record(found.state, kind)
	end
end

local function request_type(rec, t)
	if rec.direction == record.UPSTREAM then
		if record.is_interrupt(rec) then
			return "interrupt"
		end
		return t.has_data and "dma_write" or "dma_read"
	end
	return t.has_data and "write" or "read"
end

-- An access in the terms of docs/dissector-api.md, or nil for what is none.
local function describe(rec, t, frame)
	local access = {
		device = rec.device, frame = frame, tlp = t.name, space = rec.space, offset = rec.offset, size = t.size or 0,
		time_high = rec.time_high, time_low = rec.time_low,
	}
	if t.layout == "completion" then
		local request = links.of_answer(frame)
		if not request or not request.address then
			return nil
		end
		access.type = rec.direction == record.UPSTREAM and "completion" or "dma_completion"
		access.request = request.frame
		access.status = t.status
		access.address = request.address + (rec.offset - request.offset)
	elseif t.layout == "message" then
		if not t.intx_pin then
			return nil
		end
		access.type, access.pin, access.asserted = "interrupt", t.intx_pin, t.intx_asserted
	else
		access.type = request_type(rec, t)
		access.address = t.address
		access.vector = access.type == "interrupt" and rec.detail or nil
	end
	if t.has_data and t.lead and t.payload_bytes > t.lead then
		access.data_at = t.payload_at + t.lead
		access.data_length = math.min(t.size, t.payload_bytes - t.lead)
	end
	return access
end

-- A TLP. Returns words for the Info column, or nil.
function devices.packet(rec, t, tvb, pinfo, tree)
	local found = attached[rec.device]
	if not found or not found.dissector.packet then
		return nil
	end
	local access = describe(rec, t, pinfo.number)
	if not access then
		return nil
	end
	return found.dissector.packet(found.state, access, tvb, pinfo, tree)
end

-- Nanoseconds from one access to a later one.
function devices.time_between(from, to)
	return record.time_between(from.time_high, from.time_low, to)
end

-- Adds a field of `length` bytes at `at`, or one that is worked out, only if anybody looks: see show.lua.
devices.field, devices.generated = show.field, show.generated

-- A span of nanoseconds for a ProtoField.relative_time.
devices.nstime = record.nstime

-- 00:1f.7 of a requester ID.
devices.bdf = names.bdf

return devices
