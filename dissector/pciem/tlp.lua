-- TLP headers and payloads.

local atomics = require("pciem.atomics")
local callers = require("pciem.callers")
local config = require("pciem.config")
local devices = require("pciem.devices")
local fields = require("pciem.fields")
local legality = require("pciem.legality")
local links = require("pciem.links")
local maps = require("pciem.maps")
local names = require("pciem.names")
local record = require("pciem.record")
local registers = require("pciem.registers")
local settings = require("pciem.settings")
local show = require("pciem.show")

local tlp = {}

local MAX_PREFIXES = 8
local NO_SPACE = 255
local CONFIG_SPACE = 7
-- Payloads up to this many DWs are worth a place in the Info column.
local INFO_DWORDS = 2

local function bit_of(byte, number)
	return math.floor(byte / 2 ^ number) % 2
end

-- First DW: fields that all TLPs have.
local function read_common(tvb, at)
	local fmt_type, b1, b2, b3 = string.byte(tvb:raw(at, 4), 1, 4)
	return {
		fmt_type = fmt_type,
		name = names.tlp[fmt_type],
		layout = names.layouts[fmt_type],
		dwords = bit_of(fmt_type, 5) == 1 and 4 or 3,
		has_data = bit_of(fmt_type, 6) == 1,
		tag_high = bit_of(b1, 7) * 512 + bit_of(b1, 3) * 256,
		tc = math.floor(b1 / 16) % 8,
		attr = bit_of(b1, 2) * 4 + math.floor(b2 / 16) % 4,
		ln = bit_of(b1, 1),
		th = b1 % 2,
		td = math.floor(b2 / 128),
		ep = bit_of(b2, 6),
		at = math.floor(b2 / 4) % 4,
		raw_length = b2 % 4 * 256 + b3,
		problems = {},
		-- Set later: room for them from the start.
		length = 0, payload_at = 0, payload_bytes = 0, requester = 0, tag = 0,
	}
end

local function show_common(rec, t, tvb, at, tree)
	if t.ep == 1 then
		record.problem(rec, "poisoned")
	end
	if not tree then
		return
	end
	show.field(tree, fields.fmt_type, tvb, at, 1)
	show.field(tree, fields.tc, tvb, at + 1, 1, t.tc)
	show.field(tree, fields.attr, tvb, at + 1, 2, t.attr)
	show.field(tree, fields.ln, tvb, at + 1, 1, t.ln)
	show.field(tree, fields.th, tvb, at + 1, 1, t.th)
	show.field(tree, fields.td, tvb, at + 2, 1, t.td)
	show.field(tree, fields.ep, tvb, at + 2, 1, t.ep)
	show.field(tree, fields.at, tvb, at + 2, 1, t.at)
	show.field(tree, fields.len, tvb, at + 2, 2, t.length)
end

local function show_id(tree, field, tvb, at, id)
	if tree then
		show.append(show.field(tree, field, tvb, at, 2), " (" .. names.bdf(id) .. ")")
	end
end

-- Requester ID and tag, in the second DW of requests and in the third of completions.
local function dissect_requester(t, header, tvb, at, from, tree)
	t.requester = show.u16(header, from + 1)
	t.tag = t.tag_high + string.byte(header, from + 3)
	show_id(tree, fields.req, tvb, at + from, t.requester)
	show.field(tree, fields.tag, tvb, at + from + 2, 1, t.tag)
end

local function dissect_byte_enables(t, header, tvb, at, tree)
	local enables = string.byte(header, 8)
	t.last_be, t.first_be = math.floor(enables / 16), enables % 16
	show.field(tree, fields.last_dw_be, tvb, at + 7, 1, t.last_be)
	show.field(tree, fields.first_dw_be, tvb, at + 7, 1, t.first_be)
end

-- Words about `size` bytes from byte `lead` of the payload: the registers that they are for, or else the data.
local function access_text(rec, t, tvb, tree, lead, size)
	local at, bytes
	if t.payload_bytes > lead and size > 0 then
		at = t.payload_at + lead
		bytes = tvb:raw(at, math.min(size, t.payload_bytes - lead, 64))
	end
	local text = rec.space ~= NO_SPACE and registers.show(rec, tvb, tree, size, at, bytes)
	if text then
		return "  " .. text
	end
	if bytes and t.length <= INFO_DWORDS then
		return ": " .. show.hex(bytes)
	end
	return ""
end

-- Accesses that no register can answer.
local function check_bounds(rec, size)
	if record.is_unclaimed(rec) then
		record.problem(rec, "unclaimed")
	end
	local whole = maps.space_size(rec.device, rec.space)
	if whole and (rec.offset_high ~= 0 or rec.offset + size > whole) then
		record.problem(rec, "beyond_bar", string.format(
			"Access beyond the BAR: %d bytes at 0x%x of %d bytes", size, rec.offset, whole))
	end
end

-- Which kind of memory DMA hits: that of a coherent mapping, or a buffer mapped for one transfer.
local function memory_text(rec, tvb, tree)
	local memory = record.is_coherent(rec) and "coherent" or "streaming"
	show.generated(tree, fields.memory, tvb, memory)
	return settings.show_memory and "  " .. memory .. " memory" or ""
end

-- Whether a completion's data lie in the byte lanes of its request, and its byte count and lower address say nothing.
local function has_lanes(rec)
	return rec.space == CONFIG_SPACE or record.is_io(rec)
end

local function dissect_address(rec, t, header, tvb, at, pinfo, tree)
	dissect_requester(t, header, tvb, at, 4, tree)
	dissect_byte_enables(t, header, tvb, at, tree)
	local wide = t.dwords == 4
	t.address_high = wide and show.u32(header, 9) or 0
	t.address_low = show.u32(header, wide and 13 or 9)
	-- Bits 1:0 are processing hints or reserved.
	t.address_low = t.address_low - t.address_low % 4
	if tree and tree:referenced(fields.addr) then
		tree:add(fields.addr, tvb(at + 8, wide and 8 or 4), UInt64(t.address_low, t.address_high))
	end
	legality.address(t)

	local lead, size = legality.enabled(t)
	t.lead, t.size = lead, size
	t.address = t.address_high * 4294967296.0 + t.address_low + lead
	local text
	if record.is_interrupt(rec) then
		show.generated(tree, fields.vector, tvb, rec.detail)
		text = "  interrupt vector " .. rec.detail
	else
		text = names.atomics[t.name] and atomics.request(t, tvb, tree) or access_text(rec, t, tvb, tree, lead, size)
		if rec.direction == record.UPSTREAM then
			text = text .. memory_text(rec, tvb, tree)
		else
			check_bounds(rec, size)
		end
	end
	if not names.posted[t.name] then
		t.lanes = has_lanes(rec)
		links.request(rec, tvb, pinfo, tree, t, legality.expected_bytes(t, size))
	end
	local address = t.address_high == 0 and string.format("0x%08x", t.address_low)
		or string.format("0x%08x%08x", t.address_high, t.address_low)
	return string.format("%s, %d dw @ %s%s", t.name, t.length, address, text)
end

local function dissect_config(rec, t, header, tvb, at, pinfo, tree)
	dissect_requester(t, header, tvb, at, 4, tree)
	dissect_byte_enables(t, header, tvb, at, tree)
	local target = show.u16(header, 9)
	show_id(tree, fields.cfg_target, tvb, at + 8, target)
	local register = show.u16(header, 11) % 4096
	register = register - register % 4
	show.field(tree, fields.cfg_register, tvb, at + 10, 2, register)
	legality.one_dword(t)

	local lead, size = legality.enabled(t)
	t.lead, t.size, t.address = lead, size, register + lead
	local text = access_text(rec, t, tvb, tree, lead, size)
	t.lanes = true
	links.request(rec, tvb, pinfo, tree, t, 4)
	return string.format("%s, %s @ 0x%03x%s", t.name, names.bdf(target), register + lead, text)
end

-- Where a completion's data lie in its payload.
local function completion_data(rec, t, frame)
	if not t.has_data then
		return 0, 0
	elseif has_lanes(rec) then
		local lead = rec.offset % 4
		local request = links.requested(rec, frame, t.requester, t.tag)
		return lead, math.min(request and request.size or rec.access, 4 - lead)
	end
	local lead = t.lower_address % 4
	return lead, math.max(0, math.min(t.byte_count, t.length * 4 - lead))
end

local function show_completion(rec, t, header, tvb, at, tree)
	show_id(tree, fields.cpl_id, tvb, at + 4, show.u16(header, 5))
	show.field(tree, fields.cpl_status, tvb, at + 6, 1, t.status)
	show.field(tree, fields.cpl_bcm, tvb, at + 6, 1, bit_of(string.byte(header, 7), 4))
	show.field(tree, fields.cpl_byte_count, tvb, at + 6, 2, t.byte_count)
	show.field(tree, fields.cpl_lower_addr, tvb, at + 11, 1, t.lower_address)
	if t.status ~= 0 then
		local title = names.completion_status_titles[t.status] or "Reserved status"
		record.problem(rec, "status", title)
	end
end

-- What a configuration read returned tells where the capabilities are.
local function learn_config(rec, t, tvb, lead, size)
	if rec.offset_high == 0 and rec.offset < 4096 and size > 0 and t.payload_bytes >= lead + size then
		config.learn(rec.device, rec.offset, tvb:raw(t.payload_at + lead, size))
	end
end

local function dissect_completion(rec, t, header, tvb, at, pinfo, tree)
	local high, low = string.byte(header, 7, 8)
	t.status = math.floor(high / 32)
	t.byte_count = high % 16 * 256 + low
	if t.byte_count == 0 then
		t.byte_count = 4096
	end
	t.lower_address = string.byte(header, 12) % 128
	show_completion(rec, t, header, tvb, at, tree)
	dissect_requester(t, header, tvb, at, 8, tree)
	legality.completion(t)

	local lead, size = completion_data(rec, t, pinfo.number)
	t.lead, t.size, t.carried = lead, size, size
	if rec.space == CONFIG_SPACE and t.status == 0 and not pinfo.visited then
		learn_config(rec, t, tvb, lead, size)
	end
	t.final = t.status ~= 0 or not t.has_data or has_lanes(rec)
	local status = names.completion_status[t.status] or "status " .. t.status
	local text = t.name .. ", " .. status
	if t.has_data then
		text = string.format("%s, %d dw%s", text, t.length, access_text(rec, t, tvb, tree, lead, size))
	end
	links.completion(rec, tvb, pinfo, tree, t)
	local request = links.of_answer(pinfo.number)
	if request then
		atomics.completion(request.class.name, t, tvb, tree)
	end
	return text
end

local FIRST_ASSERT, FIRST_DEASSERT, LAST_INTX = 0x20, 0x24, 0x27

-- INTx messages stand for the edges of a level-triggered interrupt wire (PCIe 6.0 2.2.8.1).
local function intx_text(t, tvb, tree)
	local code = t.message
	if code < FIRST_ASSERT or code > LAST_INTX then
		return ""
	end
	local pin = string.sub("ABCD", code % 4 + 1, code % 4 + 1)
	t.intx_pin, t.intx_asserted = pin, code < FIRST_DEASSERT
	show.generated(tree, fields.intx_pin, tvb, pin)
	show.generated(tree, fields.intx_asserted, tvb, t.intx_asserted)
	return string.format("  interrupt pin %s %s", pin, t.intx_asserted and "raised" or "lowered")
end

local function dissect_message(_, t, header, tvb, at, _, tree)
	show.field(tree, fields.msg_routing, tvb, at, 1, t.fmt_type % 8)
	dissect_requester(t, header, tvb, at, 4, tree)
	local code = string.byte(header, 8)
	show.field(tree, fields.msg_code, tvb, at + 7, 1)
	show.field(tree, fields.msg_body, tvb, at + 8, 8)
	t.message = code
	return string.format("%s, %s%s", t.name, names.messages[code] or string.format("code 0x%02x", code),
		intx_text(t, tvb, tree))
end

local dissect_layout = {
	address = dissect_address, config = dissect_config, completion = dissect_completion, message = dissect_message,
}

local function show_prefixes(tvb, at, tree)
	for _ = 1, MAX_PREFIXES do
		if tvb:len() - at < 4 then
			return at
		end
		local byte = string.byte(tvb:raw(at, 1))
		if byte < 0x80 or byte > 0x9f then
			return at
		end
		show.field(tree, fields.prefix, tvb, at, 4)
		at = at + 4
	end
	return at
end

-- Payload and digest, as much as was captured.
local function dissect_payload(t, tvb, at, tree)
	local bytes = t.has_data and t.length * 4 or 0
	t.payload_at = at
	t.payload_bytes = math.max(0, math.min(bytes, tvb:len() - at))
	if t.payload_bytes > 0 then
		show.field(tree, fields.payload, tvb, at, t.payload_bytes)
	end
	if t.td == 1 and tvb:len() - at - bytes >= 4 then
		show.field(tree, fields.digest, tvb, at + bytes, 4)
	end
	legality.payload(t, tvb:reported_len() - at, bytes)
end

-- Dissects a TLP record; the tree may be nil, `root` is that of the packet. Returns words for the Info column.
function tlp.dissect(rec, tvb, pinfo, tree, root)
	local at = show_prefixes(tvb, rec.body, tree)
	if tvb:len() - at < 4 then
		record.problem(rec, "short")
		return "TLP, cut off"
	end
	local t = read_common(tvb, at)
	if not t.name then
		record.problem(rec, "unknown")
		return string.format("Unknown TLP 0x%02x", t.fmt_type)
	end
	local header_bytes = t.dwords * 4
	if tvb:len() - at < header_bytes then
		record.problem(rec, "short")
		return t.name .. ", cut off"
	end
	legality.length(t)
	local item = tree and tree:add(tvb(at, tvb:len() - at), t.name)
	show_common(rec, t, tvb, at, item)
	dissect_payload(t, tvb, at + header_bytes, item)
	local caller = rec.direction == record.DOWNSTREAM and callers.of(rec)
	if caller then
		show.generated(item, fields.caller, tvb, caller)
	end
	local info = dissect_layout[t.layout](rec, t, tvb:raw(at, header_bytes), tvb, at, pinfo, item)
	for _, problem in ipairs(t.problems) do
		record.problem(rec, "illegal", problem)
	end
	if settings.decode_devices then
		local words = devices.packet(rec, t, tvb, pinfo, root)
		return words and info .. "  " .. words or info
	end
	return info
end

return tlp
