-- Requests and their completions.
--
-- Everything is learned on the first pass and looked up by frame number afterwards. A transaction is found by the
-- number of the event that holds its request, its requester and its tag, so that a reused tag links nothing wrongly.

local fields = require("pciem.fields")
local record = require("pciem.record")
local settings = require("pciem.settings")
local show = require("pciem.show")

local links = {}

-- Transactions by key; open ones by requester and tag; by frame: of requests, of completions and timeouts.
local by_key, open_tags, of_request, of_answer = {}, {}, {}, {}
-- By frame: what is wrong with it, other than what is seen on the spot.
local problems = {}

function links.reset()
	by_key, open_tags, of_request, of_answer, problems = {}, {}, {}, {}, {}
end

local function tag_key(rec, requester, tag)
	return string.format("%x:%x:%x", rec.domain, requester, tag)
end

local function learn_request(rec, frame, request, expected)
	local slot = tag_key(rec, request.requester, request.tag)
	if open_tags[slot] then
		problems[frame] = {problem = "tag_reuse", text = "Tag is outstanding since frame " .. open_tags[slot].frame}
	end
	local transaction = {
		frame = frame, left = expected, answers = {}, slot = slot, high = rec.time_high, low = rec.time_low, seq = rec.seq,
		name = request.name, address = request.address, size = request.size, offset = rec.offset,
		space = rec.space, upstream = rec.direction == record.UPSTREAM,
	}
	by_key[slot .. rec.seq] = transaction
	open_tags[slot] = transaction
	of_request[frame] = transaction
end

local function close(transaction, time)
	transaction.done = true
	transaction.response_time = time
	if open_tags[transaction.slot] == transaction then
		open_tags[transaction.slot] = nil
	end
end

-- The transaction of a completion's request, before `links.completion` is called; nil if it was not captured.
function links.requested(rec, requester, tag)
	return by_key[tag_key(rec, requester, tag) .. rec.request_seq]
end

-- The transaction that an answer belongs to, and the time since its request.
local function answered(rec, frame, requester, tag)
	local transaction = links.requested(rec, requester, tag)
	if not transaction then
		return nil
	end
	local time = record.time_between(transaction.high, transaction.low, rec)
	of_answer[frame] = {transaction = transaction, time = time}
	transaction.latency = transaction.latency or time
	return transaction, time
end

local function learn_completion(rec, frame, cpl)
	local transaction, time = answered(rec, frame, cpl.requester, cpl.tag)
	if not transaction then
		problems[frame] = {problem = "no_request"}
		return
	end
	local late = transaction.done
	transaction.answers[#transaction.answers + 1] = frame
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
		close(transaction, time)
	end
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
	for _, answer in ipairs(transaction.answers) do
		show.generated(tree, fields.completion_in, tvb, answer)
	end
	if transaction.timeout then
		show.generated(tree, fields.timeout_in, tvb, transaction.timeout)
	end
	if #transaction.answers > 0 then
		add_time(tree, fields.latency, tvb, transaction.latency)
		if transaction.response_time then
			add_time(tree, fields.response_time, tvb, transaction.response_time)
		end
	end
	-- Only when all packets have been seen can it be known that none completes this one.
	if pinfo.visited and not transaction.done and settings.report_missing then
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
	local answer = of_answer[frame]
	if not answer then
		return
	end
	show.generated(tree, fields.completion_to, tvb, answer.transaction.frame)
	add_time(tree, fields.completion_time, tvb, answer.time)
	if answer.transaction.answers[1] == frame then
		add_time(tree, fields.latency, tvb, answer.transaction.latency)
	end
	if answer.transaction.done and answer.transaction.answers[#answer.transaction.answers] == frame then
		add_time(tree, fields.response_time, tvb, answer.transaction.response_time)
	end
end

-- A completion timeout: the transaction ends without an answer.
function links.timeout(rec, tvb, pinfo, tree, requester, tag)
	local frame = pinfo.number
	if not pinfo.visited then
		local transaction, time = answered(rec, frame, requester, tag)
		if transaction then
			transaction.timeout = frame
			close(transaction, time)
		else
			problems[frame] = {problem = "no_request"}
		end
	end
	report_problem(rec, frame)
	local answer = of_answer[frame]
	if answer then
		show.generated(tree, fields.completion_to, tvb, answer.transaction.frame)
		add_time(tree, fields.completion_time, tvb, answer.time)
	end
end

-- The transaction that a completion or timeout belongs to, by its frame: frame and address of the request, offset of the
-- request in its register space or transfer, response_time (ns) once it is done. Nil if the request was not captured.
function links.of_answer(frame)
	local answer = of_answer[frame]
	return answer and answer.transaction
end

-- All transactions, in no order.
function links.transactions()
	return pairs(of_request)
end

-- Events were lost: completions may be among them, so open tags prove nothing any more.
function links.lost(pinfo)
	if not pinfo.visited then
		open_tags = {}
	end
end

return links
