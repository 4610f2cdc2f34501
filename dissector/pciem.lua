-- Wireshark dissector for captures of pciem: docs/capture-format.md. Wireshark 4.0 to 4.6, Lua 5.2 and 5.4.
--
--     tshark -X lua_script:dissector/pciem.lua -r demo.pcapng
--
-- The modules in pciem/ are loaded from beside this file. Wireshark loads every .lua file of a plugin folder, so each
-- of them must also do no harm when it is run as a script.

-- Wireshark 4.4 and later require() what is in a plugin folder, where modules are found anyway; else it sets __DIR__.
if __DIR__ then
	package.path = __DIR__ .. "/?.lua;" .. package.path
end

local callers = require("pciem.callers")
local config = require("pciem.config")
local devices = require("pciem.devices")
local fields = require("pciem.fields")
local links = require("pciem.links")
local maps = require("pciem.maps")
local notes = require("pciem.notes")
local record = require("pciem.record")
local settings = require("pciem.settings")
local statistics = require("pciem.statistics")
local tlp = require("pciem.tlp")

local proto = Proto("pciem", "PCI Express transaction (pciem)")
proto.fields = fields.list
proto.experts = fields.expert_list

local FIRST_DLT = 147
proto.prefs.dlt = Pref.uint("DLT", FIRST_DLT, "Link type of captures: USER0 to USER15 are 147 to 162")
proto.prefs.missing = Pref.bool("Report requests without a completion", true,
	"Off for captures that were stopped, or started, in the middle of traffic")
proto.prefs.memory = Pref.bool("Name the kind of memory that DMA hits", true, "In the Info column: coherent or streaming")
proto.prefs.devices = Pref.bool("Decode what devices do", true,
	"Let dissectors of devices, such as that of NVMe, add what they know")

local data_dissector = Dissector.get("data")
local own_dissector

function proto.init()
	callers.reset()
	config.reset()
	devices.reset()
	links.reset()
	maps.reset()
end

function proto.dissector(tvb, pinfo, tree)
	local rec = record.read(tvb)
	statistics.current = rec
	if not rec then
		data_dissector:call(tvb, pinfo, tree)
		return
	end
	pinfo.cols.protocol:set("pciem")
	if rec.direction == record.DOWNSTREAM then
		pinfo.cols.src:set("root complex")
		pinfo.cols.dst:set(rec.device)
	else
		pinfo.cols.src:set(rec.device)
		pinfo.cols.dst:set(rec.direction == record.UPSTREAM and "root complex" or "")
	end
	-- Expert infos are wanted even when no field is.
	local item = tree:add(proto, tvb())
	rec.report = item
	rec.problems = {}
	local wanted = item:referenced(own_dissector) and item or nil
	record.show(rec, tvb, wanted)

	local info
	if rec.kind == record.TLP then
		info = tlp.dissect(rec, tvb, pinfo, wanted, tree)
	else
		info = notes.dissect(rec, tvb, pinfo, item)
	end
	pinfo.cols.info:set(info)
	if wanted then
		item:append_text(", " .. info)
	end
	return tvb:len()
end

own_dissector = Dissector.get("pciem")
local encapsulations = DissectorTable.get("wtap_encap")
local first_encapsulation = (wtap_encaps or wtap).USER0
local claimed

-- Exactly one link type is claimed, and only on request a different one: others keep their users' dissectors.
local function claim(dlt)
	if claimed then
		encapsulations:remove(claimed, proto)
	end
	claimed = first_encapsulation + dlt - FIRST_DLT
	encapsulations:add(claimed, proto)
end

function proto.prefs_changed()
	local dlt = proto.prefs.dlt
	settings.report_missing = proto.prefs.missing
	settings.show_memory = proto.prefs.memory
	settings.decode_devices = proto.prefs.devices
	if dlt >= FIRST_DLT and dlt <= FIRST_DLT + 15 then
		claim(dlt)
	end
end

claim(FIRST_DLT)
statistics.register()
require("pciem.nvme")

-- Dissectors that plugins brought: a list of paths, which pciem wireshark install writes.
local found, others = pcall(require, "pciem.plugins")
if found then
	for _, path in ipairs(others) do
		dofile(path)
	end
end
