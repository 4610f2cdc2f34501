-- The pseudo-header before every packet.

local fields = require("pciem.fields")
local names = require("pciem.names")

local record = {TLP = 1, DOWNSTREAM = 1, UPSTREAM = 2}

local MAGIC = 0x5043454d
local MAJOR = 1
local HEADER_BYTES = 64
local NS_PER_S = UInt64(1000000000)

-- The pseudo-header as a table, or nil if the bytes are not one of a version that we know.
function record.read(tvb)
	local captured = tvb:len()
	if captured < HEADER_BYTES or tvb(0, 4):uint() ~= MAGIC or tvb(4, 1):uint() ~= MAJOR then
		return nil
	end
	local header_bytes = tvb(6, 2):uint()
	if header_bytes < HEADER_BYTES or header_bytes > captured then
		return nil
	end
	local domain, id = tvb(12, 4):uint(), tvb(16, 2):uint()
	return {
		body = header_bytes,
		kind = tvb(8, 1):uint(),
		direction = tvb(9, 1):uint(),
		flags = tvb(10, 2):uint(),
		domain = domain,
		id = id,
		device = string.format("%04x:%s", domain, names.bdf(id)),
		space = tvb(18, 1):uint(),
		detail = tvb(20, 2):uint(),
		part = tvb(22, 2):uint(),
		seq = tvb:raw(24, 8),
		request_seq = tvb:raw(32, 8),
		time_high = tvb(40, 4):uint(),
		time_low = tvb(44, 4):uint(),
		offset_high = tvb(48, 4):uint(),
		offset = tvb(52, 4):uint(),
		access = tvb(56, 4):uint(),
	}
end

-- Whether a flag is set, by its number in names.flags.
local function has(rec, number)
	return math.floor(rec.flags / 2 ^ (number - 1)) % 2 == 1
end

function record.is_interrupt(rec)
	return has(rec, 8)
end

function record.show(rec, tvb, tree)
	local item = tree:add(tvb(0, rec.body), "Pseudo-header: " .. rec.device)
	item:add(fields.version, tvb(4, 2), string.format("%d.%d", tvb(4, 1):uint(), tvb(5, 1):uint()))
	item:add(fields.kind, tvb(8, 1))
	item:add(fields.direction, tvb(9, 1))
	local flags = item:add(fields.flags, tvb(10, 2))
	for _, name in ipairs(names.flags) do
		flags:add(fields["flag_" .. name], tvb(10, 2))
	end
	item:add(fields.device, tvb(12, 6), rec.device):set_generated()
	item:add(fields.domain, tvb(12, 4))
	item:add(fields.function_id, tvb(16, 2)):append_text(" (" .. names.bdf(rec.id) .. ")")
	item:add(fields.space, tvb(18, 1))
	item:add(fields.detail, tvb(20, 2))
	item:add(fields.part, tvb(22, 2))
	item:add(fields.seq, tvb(24, 8))
	item:add(fields.request_seq, tvb(32, 8))
	local time = tvb(40, 8):uint64()
	item:add(fields.time, tvb(40, 8), NSTime.new((time / NS_PER_S):tonumber(), (time % NS_PER_S):tonumber()))
	item:add(fields.offset, tvb(48, 8))
	item:add(fields.access, tvb(56, 4))
	item:add(fields.elapsed, tvb(60, 4))
end

-- Nanoseconds from one record's time to another's; exact for what a capture lasts.
function record.time_between(from_high, from_low, rec)
	return (rec.time_high - from_high) * 4294967296 + (rec.time_low - from_low)
end

-- A span of nanoseconds as Wireshark wants it.
function record.nstime(nanoseconds)
	local seconds = math.floor(nanoseconds / 1000000000)
	return NSTime.new(seconds, math.floor(nanoseconds - seconds * 1000000000))
end

return record
