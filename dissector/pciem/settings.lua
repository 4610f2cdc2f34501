-- The user's preferences, where every part of the dissector finds them.

return {
	-- Report requests that have no completion in the capture.
	report_missing = true,
	-- Say in the Info column which kind of memory a DMA access hits.
	show_memory = true,
	-- Let the dissectors of devices add what they know.
	decode_devices = true,
}
