-- Names of values: of the PCI Express specification for TLPs, of docs/capture-format.md for records.

local names = {}

names.record_kinds = {
	[1] = "TLP", [2] = "Device map", [3] = "Completion timeout", [4] = "Reset", [5] = "Plug", [6] = "Unplug",
	[7] = "Driver bound", [8] = "Driver unbound", [9] = "Mark", [10] = "DMA fault", [11] = "Loss", [12] = "Power state",
	[13] = "Caller",
}

names.directions = {[0] = "none", [1] = "downstream, to the function", [2] = "upstream, from the function"}

-- By bit, from bit 0.
names.flags = {
	"forwarded", "plain", "timed_out", "truncated", "coherent", "msix_table", "unclaimed", "interrupt", "fault_injected",
	"io",
}
names.flag_titles = {
	"Answered by the device's code", "Answered from the register image", "Timed out", "Payload cut to the snap length",
	"Coherent memory", "MSI-X table or pending bits", "No BAR claims the address", "Interrupt message", "Fault injected",
	"I/O space",
}

names.spaces = {
	[0] = "BAR 0", [1] = "BAR 1", [2] = "BAR 2", [3] = "BAR 3", [4] = "BAR 4", [5] = "BAR 5", [6] = "Expansion ROM",
	[7] = "Configuration space", [255] = "none",
}

names.bar_kinds = {[1] = "trapped", [2] = "RAM", [3] = "I/O"}

names.completion_status = {[0] = "SC", [1] = "UR", [2] = "CRS", [4] = "CA"}
names.completion_status_titles = {
	[1] = "Unsupported request", [2] = "Configuration request retry", [4] = "Completer abort",
}

names.address_types = {[0] = "untranslated", [1] = "translation request", [2] = "translated", [3] = "reserved"}

names.message_routings = {
	[0] = "to the root complex", [1] = "by address", [2] = "by ID", [3] = "broadcast from the root complex",
	[4] = "local", [5] = "gathered to the root complex",
}

names.messages = {
	[0x00] = "Unlock", [0x01] = "Invalidate Request", [0x02] = "Invalidate Completion", [0x04] = "Page Request",
	[0x05] = "PRG Response", [0x10] = "LTR", [0x12] = "OBFF", [0x14] = "PM_Active_State_Nak", [0x18] = "PM_PME",
	[0x19] = "PME_Turn_Off", [0x1b] = "PME_TO_Ack",
	[0x20] = "Assert_INTA", [0x21] = "Assert_INTB", [0x22] = "Assert_INTC", [0x23] = "Assert_INTD",
	[0x24] = "Deassert_INTA", [0x25] = "Deassert_INTB", [0x26] = "Deassert_INTC", [0x27] = "Deassert_INTD",
	[0x30] = "ERR_COR", [0x31] = "ERR_NONFATAL", [0x33] = "ERR_FATAL",
	[0x40] = "Attention_Indicator_Off", [0x41] = "Attention_Indicator_On", [0x43] = "Attention_Indicator_Blink",
	[0x44] = "Power_Indicator_Off", [0x45] = "Power_Indicator_On", [0x47] = "Power_Indicator_Blink",
	[0x48] = "Attention_Button_Pressed", [0x50] = "Set_Slot_Power_Limit", [0x52] = "PTM Request", [0x53] = "PTM Response",
	[0x7e] = "Vendor_Defined Type 0", [0x7f] = "Vendor_Defined Type 1",
}

-- First byte of a header: its name, and how the DWs after the first are laid out.
names.tlp = {}
names.layouts = {}

local function tlp(layout, name, ...)
	for _, byte in ipairs({...}) do
		names.tlp[byte] = name
		names.layouts[byte] = layout
	end
end

tlp("address", "MRd", 0x00, 0x20)
tlp("address", "MRdLk", 0x01, 0x21)
tlp("address", "MWr", 0x40, 0x60)
tlp("address", "DMWr", 0x5b, 0x7b)
tlp("address", "IORd", 0x02)
tlp("address", "IOWr", 0x42)
tlp("address", "FetchAdd", 0x4c, 0x6c)
tlp("address", "Swap", 0x4d, 0x6d)
tlp("address", "CAS", 0x4e, 0x6e)
tlp("config", "CfgRd0", 0x04)
tlp("config", "CfgRd1", 0x05)
tlp("config", "CfgWr0", 0x44)
tlp("config", "CfgWr1", 0x45)
tlp("completion", "Cpl", 0x0a)
tlp("completion", "CplD", 0x4a)
tlp("completion", "CplLk", 0x0b)
tlp("completion", "CplDLk", 0x4b)
for routing = 0, 5 do
	tlp("message", "Msg", 0x30 + routing)
	tlp("message", "MsgD", 0x70 + routing)
end

names.atomics = {FetchAdd = true, Swap = true, CAS = true}
names.memory_reads = {MRd = true, MRdLk = true}
names.posted = {MWr = true, Msg = true, MsgD = true}

names.power_states = {[0] = "D0", [1] = "D1", [2] = "D2", [3] = "D3hot"}

names.resets = {[0] = "function level reset", [1] = "secondary bus reset", [2] = "return from D3hot"}
names.marks = {[0] = "Mark", [1] = "Log", [2] = "Error", [3] = "Capture starts", [4] = "Capture ends"}
names.nearest_states = {[1] = "live", [2] = "unmapped"}
names.dma_faults = {
	[1] = "bus master disabled", [2] = "not mapped", [3] = "past the end of its mapping",
	[4] = "against the direction of its mapping", [5] = "function not on the bus",
	[6] = "not supported by the target",
}

-- 00:1f.7 of a bus, device and function number.
function names.bdf(id)
	return string.format("%02x:%02x.%x", math.floor(id / 256), math.floor(id / 8) % 32, id % 8)
end

-- A UInt64 such as 0x1000, without leading zeros.
function names.hex(value)
	local digits = value:tohex():gsub("^0+", "")
	return "0x" .. (digits == "" and "0" or digits)
end

return names
