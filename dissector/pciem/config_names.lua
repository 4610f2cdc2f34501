-- Registers of configuration space by their standard names (PCIe 6.0 chapter 7).
--
-- A register is {offset, bytes, name, fields}; fields are "NAME lowest bit-highest bit", in the order of the bits.

local config_names = {}

config_names.header = {
	{0x00, 2, "Vendor ID"}, {0x02, 2, "Device ID"},
	{0x04, 2, "Command", "I/O Space Enable 0, Memory Space Enable 1, Bus Master Enable 2, Special Cycle Enable 3, "
		.. "Memory Write and Invalidate 4, VGA Palette Snoop 5, Parity Error Response 6, SERR# Enable 8, "
		.. "Fast Back-to-Back Enable 9, Interrupt Disable 10"},
	{0x06, 2, "Status", "Immediate Readiness 0, Interrupt Status 3, Capabilities List 4, 66 MHz Capable 5, "
		.. "Fast Back-to-Back Capable 7, Master Data Parity Error 8, DEVSEL Timing 9-10, Signaled Target Abort 11, "
		.. "Received Target Abort 12, Received Master Abort 13, Signaled System Error 14, Detected Parity Error 15"},
	{0x08, 1, "Revision ID"}, {0x09, 3, "Class Code", "Programming Interface 0-7, Sub-Class 8-15, Base Class 16-23"},
	{0x0c, 1, "Cache Line Size"}, {0x0d, 1, "Latency Timer"},
	{0x0e, 1, "Header Type", "Header Layout 0-6, Multi-Function Device 7"},
	{0x0f, 1, "BIST", "Completion Code 0-3, Start BIST 6, BIST Capable 7"},
	{0x10, 4, "BAR 0"}, {0x14, 4, "BAR 1"}, {0x18, 4, "BAR 2"}, {0x1c, 4, "BAR 3"}, {0x20, 4, "BAR 4"},
	{0x24, 4, "BAR 5"}, {0x28, 4, "Cardbus CIS Pointer"}, {0x2c, 2, "Subsystem Vendor ID"}, {0x2e, 2, "Subsystem ID"},
	{0x30, 4, "Expansion ROM Base Address", "Enable 0, Base Address 11-31"}, {0x34, 1, "Capabilities Pointer"},
	{0x3c, 1, "Interrupt Line"}, {0x3d, 1, "Interrupt Pin"}, {0x3e, 1, "Min_Gnt"}, {0x3f, 1, "Max_Lat"},
	-- Where extended capabilities start, if there are any.
	{0x100, 4, "Extended Capability Header", "Capability ID 0-15, Version 16-19, Next Capability Offset 20-31"},
}

-- By capability ID (7.5 to 7.9). Their first two bytes, ID and next pointer, are those of all.
config_names.capabilities = {
	[0x01] = {"PM",
		{2, 2, "Capabilities", "Version 0-2, PME Clock 3, Immediate Readiness on Return to D0 4, "
			.. "Device Specific Initialization 5, Aux Current 6-8, D1 Support 9, D2 Support 10, PME Support 11-15"},
		{4, 2, "Control/Status", "Power State 0-1, No Soft Reset 3, PME Enable 8, Data Select 9-12, Data Scale 13-14, "
			.. "PME Status 15"},
		{7, 1, "Data"},
	},
	[0x03] = {"VPD", {2, 2, "Address", "Address 0-14, Flag 15"}, {4, 4, "Data"}},
	-- The layout of MSI depends on its Message Control: see config.lua.
	[0x05] = {"MSI",
		{2, 2, "Message Control", "MSI Enable 0, Multiple Message Capable 1-3, Multiple Message Enable 4-6, "
			.. "64-bit Address Capable 7, Per-Vector Masking Capable 8, Extended Message Data Capable 9, "
			.. "Extended Message Data Enable 10"},
		{4, 4, "Message Address"},
	},
	[0x09] = {"Vendor", {2, 1, "Length"}},
	[0x0d] = {"SSID", {4, 2, "Subsystem Vendor ID"}, {6, 2, "Subsystem ID"}},
	[0x10] = {"PCIe",
		{2, 2, "Capabilities", "Capability Version 0-3, Device/Port Type 4-7, Slot Implemented 8, "
			.. "Interrupt Message Number 9-13"},
		{4, 4, "Device Capabilities", "Max_Payload_Size Supported 0-2, Phantom Functions 3-4, Extended Tag Supported 5, "
			.. "L0s Acceptable Latency 6-8, L1 Acceptable Latency 9-11, Role-Based Error Reporting 15, "
			.. "Slot Power Limit Value 18-25, Slot Power Limit Scale 26-27, Function Level Reset Capability 28"},
		{8, 2, "Device Control", "Correctable Error Reporting 0, Non-Fatal Error Reporting 1, Fatal Error Reporting 2, "
			.. "Unsupported Request Reporting 3, Relaxed Ordering 4, Max_Payload_Size 5-7, Extended Tag Enable 8, "
			.. "Phantom Functions Enable 9, Aux Power PM Enable 10, No Snoop 11, Max_Read_Request_Size 12-14, "
			.. "Initiate Function Level Reset 15"},
		{10, 2, "Device Status", "Correctable Error Detected 0, Non-Fatal Error Detected 1, Fatal Error Detected 2, "
			.. "Unsupported Request Detected 3, AUX Power Detected 4, Transactions Pending 5"},
		{12, 4, "Link Capabilities", "Max Link Speed 0-3, Maximum Link Width 4-9, ASPM Support 10-11, "
			.. "L0s Exit Latency 12-14, L1 Exit Latency 15-17, Clock Power Management 18, Port Number 24-31"},
		{16, 2, "Link Control", "ASPM Control 0-1, Read Completion Boundary 3, Link Disable 4, Retrain Link 5, "
			.. "Common Clock 6, Extended Synch 7, Clock Power Management Enable 8"},
		{18, 2, "Link Status", "Current Link Speed 0-3, Negotiated Link Width 4-9, Link Training 11, "
			.. "Slot Clock Configuration 12, Data Link Layer Active 13"},
		{20, 4, "Slot Capabilities"}, {24, 2, "Slot Control"}, {26, 2, "Slot Status"},
		{28, 2, "Root Control"}, {30, 2, "Root Capabilities"}, {32, 4, "Root Status"},
		{36, 4, "Device Capabilities 2", "Completion Timeout Ranges 0-3, Completion Timeout Disable Supported 4, "
			.. "ARI Forwarding 5, AtomicOp Routing 6, 32-bit AtomicOp Completer 7, 64-bit AtomicOp Completer 8, "
			.. "128-bit CAS Completer 9, LTR Supported 11, 10-Bit Tag Completer 16, 10-Bit Tag Requester 17, "
			.. "OBFF Supported 18-19, Extended Fmt Field 20, End-End TLP Prefix 21"},
		{40, 2, "Device Control 2", "Completion Timeout Value 0-3, Completion Timeout Disable 4, ARI Forwarding Enable 5, "
			.. "AtomicOp Requester Enable 6, AtomicOp Egress Blocking 7, IDO Request Enable 8, IDO Completion Enable 9, "
			.. "LTR Enable 10, 10-Bit Tag Requester Enable 12, OBFF Enable 13-14"},
		{42, 2, "Device Status 2"},
		{44, 4, "Link Capabilities 2", "Supported Link Speeds 1-7"},
		{48, 2, "Link Control 2", "Target Link Speed 0-3, Enter Compliance 4, Hardware Autonomous Speed Disable 5"},
		{50, 2, "Link Status 2", "Current De-emphasis Level 0, Equalization Complete 1"},
		{52, 4, "Slot Capabilities 2"}, {56, 2, "Slot Control 2"}, {58, 2, "Slot Status 2"},
	},
	[0x11] = {"MSI-X",
		{2, 2, "Message Control", "Table Size 0-10, Function Mask 14, MSI-X Enable 15"},
		{4, 4, "Table Offset/BIR", "BIR 0-2, Offset 3-31"},
		{8, 4, "PBA Offset/BIR", "BIR 0-2, Offset 3-31"},
	},
	[0x13] = {"AF", {2, 1, "Length"}, {3, 1, "Capabilities", "TP 0, FLR 1"}, {4, 1, "Control", "Initiate FLR 0"},
		{5, 1, "Status", "Transactions Pending 0"}},
	[0x14] = {"EA", {2, 2, "Number of Entries", "Entries 0-5"}},
}

local UNCORRECTABLE = "Data Link Protocol Error 4, Surprise Down Error 5, Poisoned TLP 12, Flow Control Protocol Error 13, "
	.. "Completion Timeout 14, Completer Abort 15, Unexpected Completion 16, Receiver Overflow 17, Malformed TLP 18, "
	.. "ECRC Error 19, Unsupported Request 20, ACS Violation 21, Uncorrectable Internal Error 22, MC Blocked TLP 23, "
	.. "AtomicOp Egress Blocked 24, TLP Prefix Blocked 25"
local CORRECTABLE = "Receiver Error 0, Bad TLP 6, Bad DLLP 7, REPLAY_NUM Rollover 8, Replay Timer Timeout 12, "
	.. "Advisory Non-Fatal Error 13, Corrected Internal Error 14, Header Log Overflow 15"

-- By extended capability ID (7.6 to 7.9). Their first dword is the header of all.
config_names.extended = {
	[0x0001] = {"AER",
		{4, 4, "Uncorrectable Error Status", UNCORRECTABLE}, {8, 4, "Uncorrectable Error Mask", UNCORRECTABLE},
		{12, 4, "Uncorrectable Error Severity", UNCORRECTABLE}, {16, 4, "Correctable Error Status", CORRECTABLE},
		{20, 4, "Correctable Error Mask", CORRECTABLE},
		{24, 4, "Capabilities and Control", "First Error Pointer 0-4, ECRC Generation Capable 5, ECRC Generation Enable 6, "
			.. "ECRC Check Capable 7, ECRC Check Enable 8, Multiple Header Recording Capable 9, "
			.. "Multiple Header Recording Enable 10, TLP Prefix Log Present 11"},
		{28, 4, "Header Log 1"}, {32, 4, "Header Log 2"}, {36, 4, "Header Log 3"}, {40, 4, "Header Log 4"},
		{44, 4, "Root Error Command"}, {48, 4, "Root Error Status"}, {52, 4, "Error Source Identification"},
		{56, 4, "TLP Prefix Log 1"}, {60, 4, "TLP Prefix Log 2"}, {64, 4, "TLP Prefix Log 3"}, {68, 4, "TLP Prefix Log 4"},
	},
	[0x0002] = {"VC", {4, 4, "Port VC Capability 1"}, {8, 4, "Port VC Capability 2"}, {12, 2, "Port VC Control"},
		{14, 2, "Port VC Status"}, {16, 4, "VC 0 Resource Capability"}, {20, 4, "VC 0 Resource Control"},
		{26, 2, "VC 0 Resource Status"}},
	[0x0003] = {"Serial Number", {4, 4, "Lower DW"}, {8, 4, "Upper DW"}},
	[0x0004] = {"Power Budgeting", {4, 1, "Data Select"}, {8, 4, "Data"}, {12, 1, "Capability"}},
	[0x000b] = {"VSEC", {4, 4, "Header", "VSEC ID 0-15, VSEC Rev 16-19, VSEC Length 20-31"}},
	[0x000d] = {"ACS", {4, 2, "Capability"}, {6, 2, "Control"}},
	[0x000e] = {"ARI",
		{4, 2, "Capability", "MFVC Function Groups 0, ACS Function Groups 1, Next Function Number 8-15"},
		{6, 2, "Control", "MFVC Function Groups Enable 0, ACS Function Groups Enable 1, Function Group 4-6"}},
	[0x000f] = {"ATS",
		{4, 2, "Capability", "Invalidate Queue Depth 0-4, Page Aligned Request 5, Global Invalidate Supported 6"},
		{6, 2, "Control", "Smallest Translation Unit 0-4, Enable 15"}},
	[0x0010] = {"SR-IOV",
		{4, 4, "Capabilities", "VF Migration Capable 0, ARI Capable Hierarchy Preserved 1"},
		{8, 2, "Control", "VF Enable 0, VF Migration Enable 1, VF MSE 3, ARI Capable Hierarchy 4"},
		{10, 2, "Status"}, {12, 2, "InitialVFs"}, {14, 2, "TotalVFs"}, {16, 2, "NumVFs"},
		{18, 1, "Function Dependency Link"}, {20, 2, "First VF Offset"}, {22, 2, "VF Stride"}, {26, 2, "VF Device ID"},
		{28, 4, "Supported Page Sizes"}, {32, 4, "System Page Size"}, {36, 4, "VF BAR 0"}, {40, 4, "VF BAR 1"},
		{44, 4, "VF BAR 2"}, {48, 4, "VF BAR 3"}, {52, 4, "VF BAR 4"}, {56, 4, "VF BAR 5"},
		{60, 4, "VF Migration State Array Offset"}},
	[0x0013] = {"PRI", {4, 2, "Control", "Enable 0, Reset 1"},
		{6, 2, "Status", "Response Failure 0, Unexpected PRG Index 1, Stopped 8, PRG Response PASID Required 15"},
		{8, 4, "Outstanding Page Request Capacity"}, {12, 4, "Outstanding Page Request Allocation"}},
	[0x0015] = {"Resizable BAR", {4, 4, "Capability 0", "Sizes 4-31"},
		{8, 4, "Control 0", "BAR Index 0-2, Number of Resizable BARs 5-7, BAR Size 8-13"}},
	[0x0016] = {"DPA", {4, 4, "Capability"}, {8, 4, "Latency Indicator"}, {12, 2, "Status"}, {14, 2, "Control"}},
	[0x0017] = {"TPH", {4, 4, "Requester Capability"}, {8, 4, "Requester Control"}},
	[0x0018] = {"LTR",
		{4, 2, "Max Snoop Latency", "Value 0-9, Scale 10-12"}, {6, 2, "Max No-Snoop Latency", "Value 0-9, Scale 10-12"}},
	[0x0019] = {"Secondary PCIe", {4, 4, "Link Control 3"}, {8, 4, "Lane Error Status"}},
	[0x001b] = {"PASID",
		{4, 2, "Capability", "Execute Permission Supported 1, Privileged Mode Supported 2, Max PASID Width 8-12"},
		{6, 2, "Control", "Enable 0, Execute Permission Enable 1, Privileged Mode Enable 2"}},
	[0x001d] = {"DPC", {4, 2, "Capability"}, {6, 2, "Control"}, {8, 2, "Status"}, {10, 2, "Error Source ID"}},
	[0x001e] = {"L1 PM Substates", {4, 4, "Capabilities"}, {8, 4, "Control 1"}, {12, 4, "Control 2"}},
	[0x001f] = {"PTM", {4, 4, "Capability", "Requester Capable 0, Responder Capable 1, Root Capable 2, "
		.. "Local Clock Granularity 8-15"}, {8, 4, "Control", "Enable 0, Root Select 1, Effective Granularity 8-15"}},
	[0x0023] = {"DVSEC", {4, 4, "Header 1", "DVSEC Vendor ID 0-15, DVSEC Revision 16-19, DVSEC Length 20-31"},
		{8, 2, "Header 2"}},
	[0x0025] = {"Data Link Feature", {4, 4, "Capabilities"}, {8, 4, "Status"}},
	[0x0026] = {"16.0 GT/s", {4, 4, "Capabilities"}, {8, 4, "Control"}, {12, 4, "Status"}},
	[0x0027] = {"Lane Margining", {4, 2, "Port Capabilities"}, {6, 2, "Port Status"}},
	[0x002e] = {"DOE",
		{4, 4, "Capabilities", "Interrupt Support 0, Interrupt Message Number 1-11"},
		{8, 4, "Control", "Abort 0, Interrupt Enable 1, Go 31"},
		{12, 4, "Status", "Busy 0, Interrupt Status 1, Error 2, Data Object Ready 31"},
		{16, 4, "Write Data Mailbox"}, {20, 4, "Read Data Mailbox"}},
}

-- The layout of MSI after its Message Address (7.7.1), by what Message Control says.
function config_names.msi_rest(wide, masks)
	local rows = {}
	local data = wide and 12 or 8
	if wide then
		rows[1] = {8, 4, "Message Upper Address"}
	end
	rows[#rows + 1] = {data, 2, "Message Data"}
	rows[#rows + 1] = {data + 2, 2, "Extended Message Data"}
	if masks then
		rows[#rows + 1] = {data + 4, 4, "Mask Bits"}
		rows[#rows + 1] = {data + 8, 4, "Pending Bits"}
	end
	return rows
end

return config_names
