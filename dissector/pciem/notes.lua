-- Records other than TLPs. Each function returns words for the Info column.

local callers = require("pciem.callers")
local config = require("pciem.config")
local devices = require("pciem.devices")
local fields = require("pciem.fields")
local links = require("pciem.links")
local maps = require("pciem.maps")
local names = require("pciem.names")
local record = require("pciem.record")

local notes = {}

local function show_map_item(tree, kind, item, range)
	if not item then
		return nil
	elseif kind == maps.IDENTITY then
		tree:add(fields.map_name, range, item.name)
		tree:add(fields.map_ids, range, item.ids)
		return item.name
	elseif kind == maps.BAR then
		tree:add(fields.map_bar, range, item.text)
	elseif kind == maps.MSIX then
		tree:add(fields.map_msix, range, item.text)
	elseif kind == maps.REGISTER then
		local array = item.count == 1 and "" or string.format(", %d of them every %d bytes", item.count, item.stride)
		tree:add(fields.map_register, range, string.format("%s: %s 0x%x, %d bytes%s", item.name,
			names.spaces[item.space] or "space " .. item.space, item.offset, item.width, array))
	end
	return nil
end

local function device_map(rec, tvb, pinfo, tree)
	if not pinfo.visited then
		config.forget(rec.device)
		local identity = maps.learn(rec, tvb)
		if identity then
			devices.attach(rec.device, identity)
		end
	end
	local name
	maps.items(tvb, rec.body, function(kind, item, range)
		name = show_map_item(tree, kind, item, range) or name
	end)
	return string.format("Device map of %s%s", rec.device, name and ": " .. name or ", continued")
end

local function timeout(rec, tvb, pinfo, tree)
	record.problem(rec, "timeout")
	if tvb:len() - rec.body < 16 then
		record.problem(rec, "short")
		return "Completion timeout"
	end
	local at = rec.body
	local requester, tag = tvb(at, 2):uint(), tvb(at + 2, 2):uint()
	tree:add(fields.req, tvb(at, 2)):append_text(" (" .. names.bdf(requester) .. ")")
	tree:add(fields.tag, tvb(at + 2, 2))
	tree:add(fields.transfer, tvb(at + 4, 4))
	tree:add(fields.addr, tvb(at + 8, 8))
	links.timeout(rec, tvb, pinfo, tree, requester, tag)
	local text = string.format("Completion timeout, %d bytes @ %s", tvb(at + 4, 4):uint(), names.hex(tvb(at + 8, 8):uint64()))
	local register, _, index = maps.register_at(rec.device, rec.space, rec.offset)
	if register and rec.offset_high == 0 then
		local name = maps.register_name(register, index)
		tree:add(fields.register, tvb(), name):set_generated()
		text = text .. "  " .. name
	end
	return text
end

local function reset(rec, tvb, _, tree)
	tree:add(fields.reset, tvb(20, 2))
	return "Reset: " .. (names.resets[rec.detail] or string.format("kind %d", rec.detail))
end

local function power(rec, tvb, _, tree)
	tree:add(fields.power, tvb(20, 2))
	return "Power state " .. (names.power_states[rec.detail] or string.format("%d", rec.detail))
end

local function plug()
	return "Plugged"
end

local function unplug(rec, tvb, _, tree)
	tree:add(fields.surprise, tvb(20, 2), rec.detail ~= 0)
	return rec.detail ~= 0 and "Unplugged by surprise" or "Unplugged"
end

local function body_text(rec, tvb)
	local length = tvb:len() - rec.body
	if length <= 0 then
		return nil, ""
	end
	local range = tvb(rec.body, length)
	return range, range:string(ENC_UTF_8)
end

local function bound(rec, tvb, _, tree)
	local range, text = body_text(rec, tvb)
	if range then
		tree:add(fields.driver, range, text)
	end
	return "Driver bound: " .. text
end

local function unbound()
	return "Driver unbound"
end

local MARK_ERROR = 2

local function mark(rec, tvb, _, tree)
	tree:add(fields.mark_kind, tvb(20, 2))
	local range, text = body_text(rec, tvb)
	if range then
		tree:add(fields.mark_text, range, text)
	end
	if rec.detail == MARK_ERROR then
		record.problem(rec, "device_error", "Error in the device: " .. text)
	end
	return string.format("%s: %s", names.marks[rec.detail] or "Mark", text)
end

local function dma_fault(rec, tvb, _, tree)
	if tvb:len() - rec.body < 16 then
		record.problem(rec, "short")
		return "DMA fault"
	end
	local at = rec.body
	local reason, is_write = tvb(at, 1):uint(), tvb(at + 1, 1):uint() ~= 0
	tree:add(fields.fault_reason, tvb(at, 1))
	tree:add(fields.fault_write, tvb(at + 1, 1), is_write)
	tree:add(fields.req, tvb(at + 2, 2)):append_text(" (" .. names.bdf(tvb(at + 2, 2):uint()) .. ")")
	tree:add(fields.transfer, tvb(at + 4, 4))
	tree:add(fields.addr, tvb(at + 8, 8))
	local text = string.format("DMA fault: %s of %d bytes @ %s: %s", is_write and "write" or "read",
		tvb(at + 4, 4):uint(), names.hex(tvb(at + 8, 8):uint64()), names.dma_faults[reason] or string.format("reason %d", reason))
	-- Since 1.1: the mapping that the access may have been meant for.
	if tvb:len() - at >= 40 then
		local state = tree:add(fields.nearest_state, tvb(at + 16, 1))
		state:add(fields.nearest_address, tvb(at + 24, 8))
		state:add(fields.nearest_size, tvb(at + 32, 8))
		if tvb:len() - at > 40 then
			state:add(fields.nearest_owner, tvb(at + 40))
			text = text .. "; nearest mapping by " .. tvb(at + 40):string()
		end
	end
	record.problem(rec, "dma_fault", text)
	return text
end

local function loss(rec, tvb, pinfo, tree)
	links.lost(pinfo)
	record.problem(rec, "lost")
	if tvb:len() - rec.body < 8 then
		record.problem(rec, "short")
		return "Events lost"
	end
	tree:add(fields.lost, tvb(rec.body, 8))
	return string.format("%s events lost", tostring(tvb(rec.body, 8):uint64()))
end

local function caller(rec, tvb, pinfo, tree)
	local range, text = body_text(rec, tvb)
	if not pinfo.visited then
		callers.learn(rec, text)
	end
	if range then
		tree:add(fields.caller, range, text)
	end
	return string.format("Caller %d: %s", rec.detail, text)
end

local dissect_kind = {
	[2] = device_map, [3] = timeout, [4] = reset, [5] = plug, [6] = unplug, [7] = bound, [8] = unbound, [9] = mark,
	[10] = dma_fault, [11] = loss, [12] = power, [13] = caller,
}

-- Records that the dissectors of devices hear of.
local kind_names = {
	[4] = "reset", [5] = "plug", [6] = "unplug", [7] = "bound", [8] = "unbound", [11] = "loss", [12] = "power",
}

-- Dissects a record that is no TLP.
function notes.dissect(rec, tvb, pinfo, tree)
	local dissect = dissect_kind[rec.kind]
	if not dissect then
		record.problem(rec, "unknown")
		return string.format("Unknown record, kind %d", rec.kind)
	end
	if not pinfo.visited then
		devices.record(rec, kind_names[rec.kind])
	end
	return dissect(rec, tvb, pinfo, tree)
end

return notes
