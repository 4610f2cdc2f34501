-- The pseudo-header before every packet.

local fields = require("pciem.fields")
local names = require("pciem.names")
local show = require("pciem.show")

local record = {TLP = 1, DOWNSTREAM = 1, UPSTREAM = 2}

local MAGIC = 0x5043454d
local MAJOR = 1
local HEADER_BYTES = 64
local NS_PER_S = UInt64(1000000000)

local flag_fields = {}
for i, name in ipairs(names.flags) do
	flag_fields[i] = fields["flag_" .. name]
end

-- Addresses of functions as text, by domain and function number.
local addresses = {}

local function address_of(domain, id)
	local key = domain * 65536 + id
	local address = addresses[key]
	if not address then
		address = string.format("%04x:%s", domain, names.bdf(id))
		addresses[key] = address
	end
	return address
end

-- One for all packets: making tables is what keeps Lua busy.
local shared = {}

-- The pseudo-header as a table, which the next packet takes over; nil if the bytes are not one of a version that we know.
function record.read(tvb)
	local captured = tvb:len()
	if captured < HEADER_BYTES then
		return nil
	end
	local bytes = tvb:raw(0, HEADER_BYTES)
	local header_bytes = show.u16(bytes, 7)
	if show.u32(bytes, 1) ~= MAGIC or string.byte(bytes, 5) ~= MAJOR or header_bytes < HEADER_BYTES
		or header_bytes > captured then
		return nil
	end
	local domain, id = show.u32(bytes, 13), show.u16(bytes, 17)
	local rec = shared
	rec.body = header_bytes
	rec.kind = string.byte(bytes, 9)
	rec.direction = string.byte(bytes, 10)
	rec.flags = show.u16(bytes, 11)
	rec.domain = domain
	rec.id = id
	rec.device = address_of(domain, id)
	rec.space = string.byte(bytes, 19)
	rec.detail = show.u16(bytes, 21)
	rec.part = show.u16(bytes, 23)
	rec.seq = string.sub(bytes, 25, 32)
	rec.request_seq = string.sub(bytes, 33, 40)
	rec.time_high = show.u32(bytes, 41)
	rec.time_low = show.u32(bytes, 45)
	rec.offset_high = show.u32(bytes, 49)
	rec.offset = show.u32(bytes, 53)
	rec.access = show.u32(bytes, 57)
	return rec
end

-- Whether a flag is set, by its number in names.flags.
local function has(rec, number)
	return math.floor(rec.flags / 2 ^ (number - 1)) % 2 == 1
end

function record.is_interrupt(rec)
	return has(rec, 8)
end

function record.is_coherent(rec)
	return has(rec, 5)
end

function record.is_io(rec)
	return has(rec, 10)
end

function record.is_unclaimed(rec)
	return has(rec, 7)
end

-- Reports a problem of this packet, by its key in fields.lua; without a text it has the title of the expert info.
function record.problem(rec, key, text)
	if text then
		rec.report:add_proto_expert_info(fields["expert_" .. key], text)
	else
		rec.report:add_proto_expert_info(fields["expert_" .. key])
	end
	rec.problems[#rec.problems + 1] = key
end

local function show_flags(tvb, tree)
	local range = tvb(10, 2)
	local flags = show.ranged(tree, fields.flags, range) or tree
	for _, field in ipairs(flag_fields) do
		show.ranged(flags, field, range)
	end
end

local function show_time(tvb, tree)
	if tree:referenced(fields.time) then
		local time = tvb(40, 8):uint64()
		tree:add(fields.time, tvb(40, 8), NSTime.new((time / NS_PER_S):tonumber(), (time % NS_PER_S):tonumber()))
	end
end

-- Shows the pseudo-header; the tree may be nil.
function record.show(rec, tvb, tree)
	if not tree then
		return
	end
	local item = tree:add(tvb(0, rec.body), "Pseudo-header: " .. rec.device)
	if item:referenced(fields.version) then
		item:add(fields.version, tvb(4, 2), string.format("%d.%d", tvb(4, 1):uint(), tvb(5, 1):uint()))
	end
	show.field(item, fields.kind, tvb, 8, 1)
	show.field(item, fields.direction, tvb, 9, 1)
	show_flags(tvb, item)
	local device = show.field(item, fields.device, tvb, 12, 6, rec.device)
	if device then
		device:set_generated()
	end
	show.field(item, fields.domain, tvb, 12, 4)
	show.append(show.field(item, fields.function_id, tvb, 16, 2), " (" .. names.bdf(rec.id) .. ")")
	show.field(item, fields.space, tvb, 18, 1)
	show.field(item, fields.detail, tvb, 20, 2)
	show.field(item, fields.part, tvb, 22, 2)
	show.field(item, fields.seq, tvb, 24, 8)
	show.field(item, fields.request_seq, tvb, 32, 8)
	show_time(tvb, item)
	show.field(item, fields.offset, tvb, 48, 8)
	show.field(item, fields.access, tvb, 56, 4)
	show.field(item, fields.elapsed, tvb, 60, 4)
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
