-- Wireshark's Lua (5.2 until 4.2, 5.4 since).
std = "lua52"
max_line_length = 125
read_globals = {
	"__DIR__", "base", "bit", "Conversation", "Dissector", "DissectorTable", "ENC_UTF_8", "expert", "frametype", "Listener",
	"NSTime", "Pref", "register_stat_cmd_arg",
	"Proto", "ProtoExpert", "ProtoField", "UInt64", "wtap", "wtap_encaps",
}
files["pciem.lua"].globals = {"package"}
