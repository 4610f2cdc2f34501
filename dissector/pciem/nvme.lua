-- NVM Express on top of pciem: built on docs/dissector-api.md like any dissector of a device.

local devices = require("pciem.devices")
local nvme_names = require("pciem.nvme_names")
local nvme_show = require("pciem.nvme_show")
local nvme_state = require("pciem.nvme_state")

-- Class code of an NVM Express I/O controller (NVMe 1.4 2.1.5).
local NVME_CLASS = 0x010802

local nvme = {name = "nvme", match = {class = NVME_CLASS}, registers = nvme_names.registers}

function nvme.attach()
	return nvme_state.new()
end

-- A driver may be bound while it waits for the controller, which it has enabled before.
local ends_session = {reset = true, plug = true, unplug = true}

function nvme.record(state, kind)
	if ends_session[kind] then
		nvme_state.reset(state)
	end
end

function nvme.packet(state, access, tvb, pinfo, tree)
	if not pinfo.visited then
		local bytes = access.data_at and tvb:raw(access.data_at, access.data_length) or ""
		nvme_state.learn(state, access, bytes)
	end
	local info = state.by_frame[pinfo.number]
	return info and nvme_show.packet(info, access, tvb, tree)
end

if devices.register(nvme) then
	nvme_show.register()
end

return nvme
