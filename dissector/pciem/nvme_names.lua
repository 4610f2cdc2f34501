-- Names of NVMe: NVM Express base specification 1.4 and 2.0, NVM command set.

local nvme_names = {}

nvme_names.admin = {
	[0x00] = "Delete I/O Submission Queue", [0x01] = "Create I/O Submission Queue", [0x02] = "Get Log Page",
	[0x04] = "Delete I/O Completion Queue", [0x05] = "Create I/O Completion Queue", [0x06] = "Identify", [0x08] = "Abort",
	[0x09] = "Set Features", [0x0a] = "Get Features", [0x0c] = "Asynchronous Event Request",
	[0x0d] = "Namespace Management", [0x10] = "Firmware Commit", [0x11] = "Firmware Image Download",
	[0x14] = "Device Self-test", [0x15] = "Namespace Attachment", [0x18] = "Keep Alive", [0x19] = "Directive Send",
	[0x1a] = "Directive Receive", [0x1c] = "Virtualization Management", [0x1d] = "NVMe-MI Send",
	[0x1e] = "NVMe-MI Receive", [0x20] = "Capacity Management", [0x24] = "Lockdown", [0x7c] = "Doorbell Buffer Config",
	[0x7f] = "Fabrics", [0x80] = "Format NVM", [0x81] = "Security Send", [0x82] = "Security Receive", [0x84] = "Sanitize",
	[0x86] = "Get LBA Status",
}

nvme_names.io = {
	[0x00] = "Flush", [0x01] = "Write", [0x02] = "Read", [0x04] = "Write Uncorrectable", [0x05] = "Compare",
	[0x08] = "Write Zeroes", [0x09] = "Dataset Management", [0x0c] = "Verify", [0x0d] = "Reservation Register",
	[0x0e] = "Reservation Report", [0x11] = "Reservation Acquire", [0x15] = "Reservation Release", [0x19] = "Copy",
	[0x79] = "Zone Management Send", [0x7a] = "Zone Management Receive", [0x7d] = "Zone Append",
}

nvme_names.cns = {
	[0x00] = "namespace", [0x01] = "controller", [0x02] = "active namespace list", [0x03] = "namespace descriptors",
	[0x04] = "NVM set list", [0x05] = "I/O command set namespace", [0x06] = "I/O command set controller",
	[0x07] = "I/O command set active namespace list", [0x08] = "I/O command set independent namespace",
	[0x10] = "allocated namespace list", [0x11] = "allocated namespace", [0x12] = "controllers of a namespace",
	[0x13] = "controller list", [0x14] = "primary controller capabilities", [0x15] = "secondary controller list",
	[0x16] = "namespace granularity list", [0x17] = "UUID list", [0x1c] = "I/O command sets",
}

nvme_names.features = {
	[0x01] = "Arbitration", [0x02] = "Power Management", [0x03] = "LBA Range Type", [0x04] = "Temperature Threshold",
	[0x05] = "Error Recovery", [0x06] = "Volatile Write Cache", [0x07] = "Number of Queues",
	[0x08] = "Interrupt Coalescing", [0x09] = "Interrupt Vector Configuration", [0x0a] = "Write Atomicity Normal",
	[0x0b] = "Asynchronous Event Configuration", [0x0c] = "Autonomous Power State Transition",
	[0x0d] = "Host Memory Buffer", [0x0e] = "Timestamp", [0x0f] = "Keep Alive Timer",
	[0x10] = "Host Controlled Thermal Management", [0x11] = "Non-Operational Power State Config",
	[0x16] = "Host Behavior Support", [0x78] = "Enhanced Controller Metadata", [0x7e] = "Controller Metadata",
	[0x80] = "Software Progress Marker", [0x81] = "Host Identifier", [0x82] = "Reservation Notification Mask",
	[0x83] = "Reservation Persistence", [0x84] = "Namespace Write Protection Config",
}

nvme_names.logs = {
	[0x00] = "Supported Log Pages", [0x01] = "Error Information", [0x02] = "SMART / Health Information",
	[0x03] = "Firmware Slot Information", [0x04] = "Changed Namespace List", [0x05] = "Commands Supported and Effects",
	[0x06] = "Device Self-test", [0x07] = "Telemetry Host-Initiated", [0x08] = "Telemetry Controller-Initiated",
	[0x0c] = "Asymmetric Namespace Access", [0x0d] = "Persistent Event Log", [0x80] = "Reservation Notification",
	[0x81] = "Sanitize Status",
}

-- By status code type and status code.
nvme_names.status = {
	[0] = {
		[0x00] = "Success", [0x01] = "Invalid Command Opcode", [0x02] = "Invalid Field in Command",
		[0x03] = "Command ID Conflict", [0x04] = "Data Transfer Error", [0x05] = "Aborted due to Power Loss",
		[0x06] = "Internal Error", [0x07] = "Command Abort Requested", [0x08] = "Aborted due to SQ Deletion",
		[0x09] = "Aborted due to Failed Fused Command", [0x0a] = "Aborted due to Missing Fused Command",
		[0x0b] = "Invalid Namespace or Format", [0x0c] = "Command Sequence Error", [0x0d] = "Invalid SGL Segment Descriptor",
		[0x0e] = "Invalid Number of SGL Descriptors", [0x0f] = "Data SGL Length Invalid",
		[0x10] = "Metadata SGL Length Invalid", [0x11] = "SGL Descriptor Type Invalid",
		[0x12] = "Invalid Use of Controller Memory Buffer", [0x13] = "PRP Offset Invalid",
		[0x14] = "Atomic Write Unit Exceeded", [0x15] = "Operation Denied", [0x16] = "SGL Offset Invalid",
		[0x18] = "Host Identifier Inconsistent Format", [0x19] = "Keep Alive Timer Expired",
		[0x1a] = "Keep Alive Timeout Invalid", [0x1b] = "Aborted due to Preempt and Abort", [0x1c] = "Sanitize Failed",
		[0x1d] = "Sanitize In Progress", [0x1e] = "SGL Data Block Granularity Invalid",
		[0x20] = "Namespace is Write Protected", [0x21] = "Command Interrupted", [0x22] = "Transient Transport Error",
		[0x80] = "LBA Out of Range", [0x81] = "Capacity Exceeded", [0x82] = "Namespace Not Ready",
		[0x83] = "Reservation Conflict", [0x84] = "Format In Progress",
	},
	[1] = {
		[0x00] = "Completion Queue Invalid", [0x01] = "Invalid Queue Identifier", [0x02] = "Invalid Queue Size",
		[0x03] = "Abort Command Limit Exceeded", [0x05] = "Asynchronous Event Request Limit Exceeded",
		[0x06] = "Invalid Firmware Slot", [0x07] = "Invalid Firmware Image", [0x08] = "Invalid Interrupt Vector",
		[0x09] = "Invalid Log Page", [0x0a] = "Invalid Format", [0x0b] = "Firmware Activation Requires Reset",
		[0x0c] = "Invalid Queue Deletion", [0x0d] = "Feature Identifier Not Saveable", [0x0e] = "Feature Not Changeable",
		[0x0f] = "Feature Not Namespace Specific", [0x15] = "Namespace Insufficient Capacity",
		[0x18] = "Namespace Already Attached", [0x19] = "Namespace Is Private", [0x1a] = "Namespace Not Attached",
		[0x80] = "Conflicting Attributes", [0x81] = "Invalid Protection Information", [0x82] = "Write to Read Only Range",
	},
	[2] = {
		[0x80] = "Write Fault", [0x81] = "Unrecovered Read Error", [0x82] = "End-to-end Guard Check Error",
		[0x83] = "End-to-end Application Tag Check Error", [0x84] = "End-to-end Reference Tag Check Error",
		[0x85] = "Compare Failure", [0x86] = "Access Denied", [0x87] = "Deallocated or Unwritten Logical Block",
	},
	[3] = {
		[0x00] = "Internal Path Error", [0x01] = "Asymmetric Access Persistent Loss",
		[0x02] = "Asymmetric Access Inaccessible", [0x03] = "Asymmetric Access Transition",
		[0x60] = "Controller Pathing Error", [0x70] = "Host Pathing Error", [0x71] = "Command Aborted By Host",
	},
}

nvme_names.status_types = {
	[0] = "Generic Command Status", [1] = "Command Specific Status", [2] = "Media and Data Integrity Errors",
	[3] = "Path Related Status", [7] = "Vendor Specific",
}

-- Controller registers in BAR 0.
local function register(offset, width, name, fields)
	return {space = 0, offset = offset, width = width, name = name, fields = fields}
end

nvme_names.registers = {
	register(0x00, 8, "CAP", "MQES 0-15, CQR 16, AMS 17-18, TO 24-31, DSTRD 32-35, NSSRS 36, CSS 37-44, BPS 45, CPS 46-47, "
		.. "MPSMIN 48-51, MPSMAX 52-55, PMRS 56, CMBS 57, NSSS 58, CRMS 59-60"),
	register(0x08, 4, "VS", "TER 0-7, MNR 8-15, MJR 16-31"),
	register(0x0c, 4, "INTMS"),
	register(0x10, 4, "INTMC"),
	register(0x14, 4, "CC", "EN 0, CSS 4-6, MPS 7-10, AMS 11-13, SHN 14-15, IOSQES 16-19, IOCQES 20-23, CRIME 24"),
	register(0x1c, 4, "CSTS", "RDY 0, CFS 1, SHST 2-3, NSSRO 4, PP 5, ST 6"),
	register(0x20, 4, "NSSR"),
	register(0x24, 4, "AQA", "ASQS 0-11, ACQS 16-27"),
	register(0x28, 8, "ASQ", "ASQB 12-63"),
	register(0x30, 8, "ACQ", "ACQB 12-63"),
	register(0x38, 4, "CMBLOC", "BIR 0-2, OFST 12-31"),
	register(0x3c, 4, "CMBSZ", "SQS 0, CQS 1, LISTS 2, RDS 3, WDS 4, SZU 8-11, SZ 12-31"),
	register(0x40, 4, "BPINFO", "BPSZ 0-14, BRS 24-25, ABPID 31"),
	register(0x44, 4, "BPRSEL"),
	register(0x48, 8, "BPMBL"),
	register(0x50, 8, "CMBMSC"),
	register(0x58, 4, "CMBSTS"),
}

function nvme_names.command(admin, opcode)
	return (admin and nvme_names.admin or nvme_names.io)[opcode] or string.format("Opcode 0x%02x", opcode)
end

function nvme_names.status_text(code_type, code)
	return (nvme_names.status[code_type] or {})[code] or string.format("Status %x/%02x", code_type, code)
end

return nvme_names
