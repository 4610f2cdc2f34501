-- Requests and their completions.
--
-- Everything is learned on the first pass and looked up by frame number afterwards. A transaction is found by the
-- number of the event that holds its request, its requester and its tag, so that a reused tag links nothing wrongly.

local fields = require("pciem.fields")
local names = require("pciem.names")
local record = require("pciem.record")
local settings = require("pciem.settings")
local show = require("pciem.show")

local links = {}

-- Of a capture of millions of requests each transaction is kept. It is a table of eight fields, which Lua keeps without
-- waste; what few transactions have (latency, more, timeout, size) is added to those.
--   frame, time: of the request, in nanoseconds since the first packet
--   class: what requests have in common, see class_of
--   address, offset: of the request, on the bus and in its register space or transfer
--   left: bytes still to come
--   answer: frame of the first completion; those of others are in `more`
--   response_time: nanoseconds to the last completion or the timeout; nil while it is outstanding

-- By domain and tag: the last transaction, the event of its request, and the transaction if it is outstanding. By
-- event: outstanding ones whose tag is used again. By frame: of requests; of completions and timeouts.
local by_domain, displaced, of_request, of_answer = {}, {}, {}, {}
-- By frame: what is wrong with it, other than what is seen on the spot.
local problems = {}
local classes = {}
local first_high, first_low

function links.reset()
	by_domain, displaced, of_request, of_answer, problems, first_high = {}, {}, {}, {}, {}, nil
end

local function time_of(rec)
	if not first_high then
		first_high, first_low = rec.time_high, rec.time_low
	end
	return record.time_between(first_high, first_low, rec)
end

-- Name of the TLP, and the label under which statistics count it.
local function class_of(rec, name)
	local label = rec.direction == record.UPSTREAM and name .. " DMA"
		or name .. " " .. (names.spaces[rec.space] or "no space")
	local class = classes[label]
	if not class then
		class = {name = name, label = label}
		classes[label] = class
	end
	return class
end

local function tags_of(rec)
	local tags = by_domain[rec.domain]
	if not tags then
		tags = {last = {}, seq = {}, open = {}}
		by_domain[rec.domain] = tags
	end
	return tags
end

local function tag_key(requester, tag)
	return requester * 1024 + tag
end

local function displaced_key(rec, seq)
	return string.format("%x:", rec.domain) .. seq
end

local function learn_request(rec, frame, request, expected)
	local tags, key = tags_of(rec), tag_key(request.requester, request.tag)
	local last = tags.last[key]
	if tags.open[key] then
		problems[frame] = {problem = "tag_reuse", text = "Tag is outstanding since frame " .. tags.open[key].frame}
	end
	if last and not last.response_time then
		displaced[displaced_key(rec, tags.seq[key])] = last
	end
	local transaction = {
		frame = frame, time = time_of(rec), class = class_of(rec, request.name), address = request.address,
		offset = rec.offset, left = expected, answer = nil, response_time = nil,
	}
	if request.lanes then
		transaction.size = request.size
	end
	tags.last[key], tags.seq[key], tags.open[key] = transaction, rec.seq, transaction
	of_request[frame] = transaction
end

-- The transaction of a completion's request, before `links.completion` is called; nil if it was not captured.
function links.requested(rec, frame, requester, tag)
	if of_answer[frame] then
		return of_answer[frame]
	end
	local tags, key = tags_of(rec), tag_key(requester, tag)
	if tags.seq[key] == rec.request_seq then
		return tags.last[key]
	end
	return displaced[displaced_key(rec, rec.request_seq)]
end

local function close(rec, transaction, requester, tag)
	transaction.response_time = time_of(rec) - transaction.time
	local tags, key = tags_of(rec), tag_key(requester, tag)
	if tags.open[key] == transaction then
		tags.open[key] = nil
	end
end

local function add_answer(transaction, frame)
	if not transaction.answer then
		transaction.answer = frame
		return
	end
	transaction.more = transaction.more or {}
	transaction.more[#transaction.more + 1] = frame
end

local function learn_completion(rec, frame, cpl)
	local transaction = links.requested(rec, frame, cpl.requester, cpl.tag)
	if not transaction then
		problems[frame] = {problem = "no_request"}
		return
	end
	of_answer[frame] = transaction
	local late = transaction.response_time
	local first = not transaction.answer
	add_answer(transaction, frame)
	if late then
		problems[frame] = {problem = "accounting", text = "Completion of a request that is already completed"}
	elseif cpl.byte_count ~= transaction.left then
		problems[frame] = {
			problem = "accounting",
			text = string.format("Byte count %d where %d bytes are still to come", cpl.byte_count, transaction.left),
		}
	end
	transaction.left = transaction.left - cpl.carried
	if not late and (cpl.final or transaction.left <= 0) then
		close(rec, transaction, cpl.requester, cpl.tag)
	elseif first then
		transaction.latency = time_of(rec) - transaction.time
	end
end

-- Nanoseconds to the first completion: of most requests the only one.
local function latency_of(transaction)
	return transaction.latency or transaction.response_time
end

local function last_answer(transaction)
	local more = transaction.more
	return more and more[#more] or transaction.answer
end

local function add_time(tree, field, tvb, nanoseconds)
	if tree then
		show.generated(tree, field, tvb, record.nstime(nanoseconds))
	end
end

local function report_problem(rec, frame)
	local found = problems[frame]
	if found then
		record.problem(rec, found.problem, found.text)
	end
end

-- A non-posted request. `expected`: bytes that its completions count down from.
function links.request(rec, tvb, pinfo, tree, request, expected)
	local frame = pinfo.number
	if not pinfo.visited then
		learn_request(rec, frame, request, expected)
	end
	report_problem(rec, frame)
	local transaction = of_request[frame]
	if not transaction then
		return
	end
	if transaction.answer then
		show.generated(tree, fields.completion_in, tvb, transaction.answer)
		for _, answer in ipairs(transaction.more or {}) do
			show.generated(tree, fields.completion_in, tvb, answer)
		end
	end
	if transaction.timeout then
		show.generated(tree, fields.timeout_in, tvb, transaction.timeout)
	end
	if transaction.answer then
		add_time(tree, fields.latency, tvb, latency_of(transaction))
		if transaction.response_time then
			add_time(tree, fields.response_time, tvb, transaction.response_time)
		end
	end
	-- Only when all packets have been seen can it be known that none completes this one.
	if pinfo.visited and not transaction.response_time and settings.report_missing then
		record.problem(rec, "no_completion")
	end
end

-- A completion. cpl: requester, tag, byte_count, carried (bytes that it counts down), final.
function links.completion(rec, tvb, pinfo, tree, cpl)
	local frame = pinfo.number
	if not pinfo.visited then
		learn_completion(rec, frame, cpl)
	end
	report_problem(rec, frame)
	local transaction = of_answer[frame]
	if not transaction then
		return
	end
	show.generated(tree, fields.completion_to, tvb, transaction.frame)
	add_time(tree, fields.completion_time, tvb, time_of(rec) - transaction.time)
	if transaction.answer == frame then
		add_time(tree, fields.latency, tvb, latency_of(transaction))
	end
	if transaction.response_time and last_answer(transaction) == frame then
		add_time(tree, fields.response_time, tvb, transaction.response_time)
	end
end

-- A completion timeout: the transaction ends without an answer.
function links.timeout(rec, tvb, pinfo, tree, requester, tag)
	local frame = pinfo.number
	if not pinfo.visited then
		local transaction = links.requested(rec, frame, requester, tag)
		if transaction then
			of_answer[frame] = transaction
			transaction.timeout = frame
			close(rec, transaction, requester, tag)
		else
			problems[frame] = {problem = "no_request"}
		end
	end
	report_problem(rec, frame)
	local transaction = of_answer[frame]
	if transaction then
		show.generated(tree, fields.completion_to, tvb, transaction.frame)
		add_time(tree, fields.completion_time, tvb, time_of(rec) - transaction.time)
	end
end

-- The transaction that a completion or timeout belongs to, by its frame. Nil if the request was not captured.
function links.of_answer(frame)
	return of_answer[frame]
end

-- All transactions, in no order.
function links.transactions()
	return pairs(of_request)
end

-- Events were lost: completions may be among them, so open tags prove nothing any more.
function links.lost(pinfo)
	if not pinfo.visited then
		for _, tags in pairs(by_domain) do
			tags.open = {}
		end
	end
end

return links
