-- Who makes the driver's accesses: names by function and number.

local callers = {}

-- By device address: names by number.
local by_device = {}

function callers.reset()
	by_device = {}
end

-- Keeps the name of a caller record.
function callers.learn(rec, name)
	local known = by_device[rec.device]
	if not known then
		known = {}
		by_device[rec.device] = known
	end
	known[rec.detail] = name
end

-- Who made a request of the driver, or nil if the capture does not tell.
function callers.of(rec)
	local known = rec.detail ~= 0 and by_device[rec.device]
	return known and known[rec.detail] or nil
end

return callers
