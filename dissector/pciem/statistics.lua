-- tshark -z pciem,summary, -z pciem,latency and -z pciem,conversations.

local fields = require("pciem.fields")
local links = require("pciem.links")
local names = require("pciem.names")
local record = require("pciem.record")

-- current: the packet that has just been dissected, if it is one of ours.
local statistics = {current = nil}

local function sorted_keys(set)
	local keys = {}
	for key in pairs(set) do
		keys[#keys + 1] = key
	end
	table.sort(keys)
	return keys
end

-- The name of a record or of its TLP, and its payload bytes.
local function kind_of(rec, tvb)
	if rec.kind ~= record.TLP then
		return names.record_kinds[rec.kind] or string.format("record kind %d", rec.kind), 0
	end
	if tvb:len() - rec.body < 4 then
		return "TLP, cut off", 0
	end
	local byte = tvb(rec.body, 1):uint()
	local name = names.tlp[byte] or string.format("TLP 0x%02x", byte)
	if record.is_interrupt(rec) then
		name = "MWr (interrupt)"
	end
	local header = math.floor(byte / 32) % 2 == 1 and 16 or 12
	return name, math.max(0, tvb:reported_len() - rec.body - header)
end

local function count(counters, key, bytes)
	local row = counters[key]
	if not row then
		row = {packets = 0, bytes = 0}
		counters[key] = row
	end
	row.packets, row.bytes = row.packets + 1, row.bytes + bytes
end

local function print_counters(title, counters)
	print(string.format("%-40s %10s %14s", title, "packets", "payload bytes"))
	for _, key in ipairs(sorted_keys(counters)) do
		print(string.format("%-40s %10d %14d", key, counters[key].packets, counters[key].bytes))
	end
end

local RULE = string.rep("=", 80)

local function summary()
	local kinds, functions, problems = {}, {}, {}
	local listener = Listener.new("frame")

	function listener.reset()
		kinds, functions, problems = {}, {}, {}
	end

	function listener.packet(_, tvb)
		local rec = statistics.current
		if not rec then
			return
		end
		local kind, bytes = kind_of(rec, tvb)
		count(kinds, kind, bytes)
		count(functions, rec.device, bytes)
		for _, key in ipairs(rec.problems) do
			-- Those are counted when all packets have been seen.
			if key ~= "no_completion" then
				count(problems, fields.problem_titles[key], 0)
			end
		end
	end

	function listener.draw()
		problems[fields.problem_titles.no_completion] = nil
		for _, transaction in links.transactions() do
			if not transaction.response_time then
				count(problems, fields.problem_titles.no_completion, 0)
			end
		end
		print(RULE)
		print("PCI Express: summary")
		print_counters("Problem", problems)
		print_counters("Type", kinds)
		print_counters("Function", functions)
		print(RULE)
	end
end

local function add_time(classes, frame, transaction)
	local key = transaction.class.label
	local row = classes[key]
	local time = transaction.response_time
	if not row then
		row = {count = 0, sum = 0, min = time, max = time, min_frame = frame, max_frame = frame}
		classes[key] = row
	end
	row.count, row.sum = row.count + 1, row.sum + time
	-- The first one of equals, whatever the order that they come in.
	if time < row.min or time == row.min and frame < row.min_frame then
		row.min, row.min_frame = time, frame
	end
	if time > row.max or time == row.max and frame < row.max_frame then
		row.max, row.max_frame = time, frame
	end
end

local function microseconds(nanoseconds)
	return string.format("%.3f", nanoseconds / 1000)
end

local function latency()
	local listener = Listener.new("frame")

	function listener.packet() end

	function listener.reset() end

	function listener.draw()
		local classes = {}
		for frame, transaction in links.transactions() do
			if transaction.response_time and not transaction.timeout then
				add_time(classes, frame, transaction)
			end
		end
		print(RULE)
		print("PCI Express: response time, request to last completion (us)")
		print(string.format("%-28s %8s %11s %9s %11s %11s %9s", "Request", "count", "min", "in frame", "average", "max",
			"in frame"))
		for _, key in ipairs(sorted_keys(classes)) do
			local row = classes[key]
			print(string.format("%-28s %8d %11s %9d %11s %11s %9d", key, row.count, microseconds(row.min), row.min_frame,
				microseconds(row.sum / row.count), microseconds(row.max), row.max_frame))
		end
		print(RULE)
	end
end

local function conversation_row(rec)
	return {
		down = 0, down_bytes = 0, up = 0, up_bytes = 0, high = rec.time_high, low = rec.time_low, duration = 0,
	}
end

local function count_direction(row, rec, bytes)
	if rec.direction == record.DOWNSTREAM then
		row.down, row.down_bytes = row.down + 1, row.down_bytes + bytes
	elseif rec.direction == record.UPSTREAM then
		row.up, row.up_bytes = row.up + 1, row.up_bytes + bytes
	end
	row.duration = math.max(row.duration, record.time_between(row.high, row.low, rec))
end

-- What the root complex and each function say to each other.
local function conversations()
	local rows = {}
	local listener = Listener.new("frame")

	function listener.reset()
		rows = {}
	end

	function listener.packet(_, tvb)
		local rec = statistics.current
		if rec and rec.kind == record.TLP then
			rows[rec.device] = rows[rec.device] or conversation_row(rec)
			local _, bytes = kind_of(rec, tvb)
			count_direction(rows[rec.device], rec, bytes)
		end
	end

	function listener.draw()
		print(RULE)
		print("PCI Express: conversations of the root complex with functions")
		print(string.format("%-18s %10s %13s %10s %13s %13s", "Function", "TLPs to", "payload", "TLPs from", "payload",
			"duration (s)"))
		for _, key in ipairs(sorted_keys(rows)) do
			local row = rows[key]
			print(string.format("%-18s %10d %13d %10d %13d %13.6f", key, row.down, row.down_bytes, row.up, row.up_bytes,
				row.duration / 1000000000))
		end
		print(RULE)
	end
end

-- Makes the statistics known to tshark's option -z.
function statistics.register()
	register_stat_cmd_arg("pciem,summary", summary)
	register_stat_cmd_arg("pciem,latency", latency)
	register_stat_cmd_arg("pciem,conversations", conversations)
end

return statistics
