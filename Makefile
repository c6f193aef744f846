# Cardinal: `make` builds, `make run` shows it, `make test` tests it; `make help` lists the rest.

# What each product is made of. -------------------------------------------------------------------

ISO7816 = err buf tlv apdu p256 sm_agree sm
iso7816 = $(ISO7816:%=card-os/iso7816/%)
CARD_OS = os/access os/bytes os/card os/card_data os/chain os/cmd_auth os/cmd_binary \
	os/cmd_create os/cmd_data os/cmd_key os/cmd_manage os/cmd_pin os/cmd_prove os/cmd_pso \
	os/cmd_record os/cmd_se os/cmd_select os/cmd_unblock os/current os/cvc os/fcp os/files \
	os/internal os/key_objects os/keys os/pins os/records os/rsa os/se os/sound \
	apps/pkcs15 apps/slot_user
card_os = $(CARD_OS:%=card-os/%) $(iso7816)
FACTORY = apps/factory apps/issuer apps/layout
factory = $(FACTORY:%=card-os/%)
KEYS = secmem field shamir mbk share share_set seal derive user challenge lock credential
keys = $(KEYS:%=hsm/keys/%) $(addprefix card-os/iso7816/,buf tlv p256)
STORE = store store_key store_sql schema statedir backup_set transcript issuer $(SLOT) $(OBJECT)
SLOT = slots slots_tx slots_rows slot_record slot_work slot_codes slot_admin pass seat \
	slot_cards people people_ask people_open enrol audit_key boot
OBJECT = objects objects_find domain manifest
store = $(STORE:%=hsm/vault/%)
SQLITE = -lsqlite3

# A suite links what it tests and nothing else: unit_NAME lists the modules beside the suite.
UNIT = iso7816
unit_iso7816 = $(iso7816)
UNIT += sm sm_refusal card card_pin card_channel card_data
unit_sm = tests/unit/sm_known $(iso7816)
unit_sm_refusal = $(unit_sm)
UNIT += image image_plug
unit_image = tests/unit/image_disk card-os/image
unit_image_libs = $(patsubst %,-Wl$(comma)--wrap=%,open fchmod ftruncate write fsync rename renameat2)
unit_image_plug = $(unit_image)
unit_image_plug_libs = $(unit_image_libs)
UNIT += factory pkcs15
unit_factory = $(factory) $(card_os)
unit_pkcs15 = $(factory) $(card_os)
deck = tests/unit/deck $(factory) $(card_os)
unit_card = $(deck)
unit_card_pin = $(deck)
unit_card_channel = $(deck)
unit_card_data = $(deck)
UNIT += p256 slot_user slot_user_parts card_pso card_keys card_auth card_cvc
unit_p256 = card-os/iso7816/p256
unit_slot_user = tests/unit/holder $(deck)
unit_slot_user_parts = $(unit_slot_user)
unit_card_pso = $(unit_slot_user)
unit_card_keys = tests/unit/keyring $(unit_slot_user)
unit_card_auth = tests/unit/keyring $(deck)
unit_card_cvc = tests/unit/keyring $(deck)
UNIT += fcp card_files card_binary card_records card_life card_objects card_unblock \
	card_words card_stranger
workshop = tests/unit/workshop $(deck)
unit_card_binary = $(workshop)
unit_card_files = $(workshop)
unit_card_life = $(workshop)
unit_card_objects = $(workshop)
unit_card_unblock = $(workshop)
unit_card_words = $(workshop)
unit_card_stranger = $(workshop)
unit_card_records = $(workshop)
unit_fcp = $(workshop)
# What is synced, and what power that is lost at any moment leaves, of every operation on a card.
UNIT += power
unit_power = tests/unit/power_disk tests/unit/power_operations tests/unit/dice \
	tests/unit/holder tests/unit/keyring tests/unit/workshop card-os/image $(deck)
unit_power_libs = $(patsubst %,-Wl$(comma)--wrap=%,open fchmod ftruncate write fsync rename \
	PKCS5_PBKDF2_HMAC)
UNIT += card_chain card_memory
unit_card_chain = tests/unit/keyring tests/unit/workshop $(deck)
unit_card_memory = tests/unit/dice tests/unit/one_turn tests/unit/holder tests/unit/keyring $(deck)
unit_card_memory_libs = -Wl,--wrap=PKCS5_PBKDF2_HMAC
UNIT += shamir share share_record seal
unit_shamir = tests/unit/ownstack hsm/keys/shamir
shares = $(addprefix hsm/keys/,field shamir mbk share share_set) card-os/iso7816/buf
unit_share = tests/unit/ownstack hsm/keys/secmem $(shares)
unit_share_record = $(shares)
unit_seal = hsm/keys/seal
UNIT += user lock challenge
users = $(addprefix hsm/keys/,field user challenge) $(addprefix card-os/iso7816/,buf p256)
unit_user = $(users)
unit_challenge = $(users)
UNIT += credential
unit_credential = tests/unit/ownstack hsm/keys/credential hsm/keys/secmem $(users) $(deck)
unit_lock = hsm/keys/lock hsm/keys/derive hsm/keys/seal card-os/iso7816/p256
UNIT += store store_key transcript
unit_store = tests/unit/place $(store) $(keys) card-os/iso7816/err \
	hsm/ceremony/outcome hsm/ceremony/text
unit_store_libs = $(SQLITE)
unit_store_key = $(unit_store)
unit_store_key_libs = $(SQLITE)
unit_transcript = $(unit_store)
unit_transcript_libs = $(SQLITE)
UNIT += config
unit_config = hsm/admin/config $(keys)
unit_config_libs = -linih
TOOLS += gfshare secrets pcsc_hold at_once
tool_pcsc_hold_libs = -lpcsclite
tool_secrets = hsm/keys/shamir
TOOLS += padtalk
tool_padtalk = simulator/padlink $(iso7816)
TOOLS += cards
tool_cards = $(CARDS_PCSC:%=hsm/cards/%) hsm/cards/reader_name $(iso7816)
tool_cards_libs = -lpcsclite
TOOLS += part10
tool_part10_libs = -lpcsclite
TOOLS += load_slot
tool_load_slot = tests/unit/holder tests/unit/suite $(deck)
tool_load_slot_libs = -lpcsclite -lcunit
TOOLS += soak opens
tool_soak_libs = -lpcsclite
BENCH += shamir
bench_shamir = hsm/keys/shamir
BENCH += card
bench_card = tests/unit/suite tests/unit/workshop tests/unit/holder $(deck)
bench_card_libs = -lcunit
# Scripts, tests/bench/NAME.sh, and those of BENCH that they run.
BENCH_RUN = apdu idle
BENCH_PARTS = apdu vpcd_card
BENCH += $(BENCH_PARTS)
bench_apdu_libs = -lpcsclite

# Every decoder has a fuzz target, seeded by tests/vectors/NAME.
FUZZ = apdu tlv
fuzz_apdu = $(iso7816)
fuzz_tlv = $(iso7816)
FUZZ += share share_header seal config
fuzz_share = $(shares)
fuzz_share_header = $(fuzz_share)
FUZZ += user_head
fuzz_user_head = $(users)
fuzz_seal = hsm/keys/seal
fuzz_config = hsm/admin/config $(fuzz_share)
fuzz_config_libs = -linih

# Products: prog_NAME lists the modules, prog_NAME_libs the libraries, prog_NAME_ld how a shared
# object is linked. Each is built into build/, and with the sanitizers into build/san/bin/. What
# prog_NAME_plain lists is left out of the sanitizer builds, prog_NAME_san stands in for it.
# prog_NAME_dir is where it is installed, under PREFIX, if not in bin.
PROGRAMS = cardinal-sandbox libifd-cardinal.so

SANDBOX = sandbox sandbox_room sandbox_mounts sandbox_inner sandbox_crew
prog_cardinal-sandbox = $(SANDBOX:%=simulator/%)
prog_cardinal-sandbox_libs = -lpcsclite

# The driver, and what stands in front of the seam to readers.
IFD_FRONT = slot pin part10 part10_structure part10_properties ctbcs ctbcs_objects ctbcs_pin \
	ctbcs_reset ctbcs_show ctbcs_wait
IFD_BASE = clock log thread presence
IFD_PAD = $(IFD_BASE) pad_socket pad_link pad_request pad_entry reader_pad
IFD_CYBERJACK = usb cj_frame cj_link cj_ctbcs cj_device reader_cyberjack
IFD = ifd capabilities $(IFD_PAD) $(IFD_CYBERJACK) $(IFD_FRONT)
# Without secure messaging, so without libcrypto: pcscd loads this.
ifd_words = $(filter-out card-os/iso7816/sm% card-os/iso7816/p256,$(iso7816))
ifd_front = $(IFD_FRONT:%=ifdhandler/%) ifdhandler/log $(ifd_words)
ifd_pad = $(IFD_PAD:%=ifdhandler/%) simulator/padlink $(ifd_words)
prog_libifd-cardinal.so = $(IFD:%=ifdhandler/%) simulator/padlink $(ifd_words)
prog_libifd-cardinal.so_libs = $(LIBUSB)
# nodelete: where the kernel keeps a transfer, a thread of a closed reader waits for it (usb_close).
prog_libifd-cardinal.so_ld = -shared -Wl,--version-script=ifdhandler/export.map -Wl,-z,nodelete
prog_libifd-cardinal.so_deps = ifdhandler/export.map
prog_libifd-cardinal.so_dir = lib/pcsc/drivers/serial
UNIT += part10 part10_structure ifd_slot ctbcs ctbcs_pin reader_pad reader_pad_request reader_pad_pin
unit_part10 = tests/unit/front tests/unit/memreader $(ifd_front)
unit_part10_structure = $(ifd_front)
unit_ifd_slot = tests/unit/front tests/unit/memreader $(ifd_front)
unit_ctbcs_pin = tests/unit/front tests/unit/memreader $(ifd_front)
unit_ctbcs = tests/unit/front tests/unit/memreader $(ifd_front)
unit_reader_pad = tests/unit/reader_pad_peer $(ifd_pad)
unit_reader_pad_request = $(unit_reader_pad)
unit_reader_pad_pin = $(unit_reader_pad)
UNIT += ifd_thread presence pad_socket
unit_ifd_thread = ifdhandler/thread $(ifd_words)
unit_presence = ifdhandler/presence ifdhandler/clock
unit_pad_socket = ifdhandler/pad_socket ifdhandler/clock
FUZZ += part10 part10_control ctbcs
fuzz_part10_control = tests/unit/memreader $(ifd_front)
fuzz_part10 = tests/unit/memreader simulator/padlink $(ifd_front)
fuzz_ctbcs = tests/unit/memreader simulator/padlink $(ifd_front)

# The cyberJack: frames and blocks, the exchange of them, CT-BCS.
cj_link = ifdhandler/clock ifdhandler/cj_frame ifdhandler/cj_link
UNIT += usb cj_frame cj_link cj_trouble cj_patience cj_ctbcs reader_cyberjack reader_cyberjack_person
unit_usb = ifdhandler/usb ifdhandler/clock
unit_usb_libs = $(LIBUSB)
unit_cj_frame = ifdhandler/clock ifdhandler/cj_frame ifdhandler/usb $(ifd_words)
unit_cj_frame_libs = $(LIBUSB)
unit_cj_link = tests/unit/cj_talk tests/unit/cj_peer $(cj_link) $(ifd_words)
unit_cj_trouble = $(unit_cj_link)
unit_cj_patience = $(unit_cj_link)
unit_cj_ctbcs = ifdhandler/cj_ctbcs $(ifd_front)
unit_reader_cyberjack = tests/unit/cj_usb tests/unit/cj_plug \
	$(filter-out ifdhandler/usb,$(IFD_CYBERJACK:%=ifdhandler/%)) \
	$(IFD_BASE:%=ifdhandler/%) $(ifd_words)
unit_reader_cyberjack_person = $(unit_reader_cyberjack)
FUZZ += cj_frame cj_link cj_ctbcs
fuzz_cj_frame = ifdhandler/cj_frame $(ifd_words)
fuzz_cj_link = $(cj_link) $(ifd_words)
fuzz_cj_ctbcs = ifdhandler/cj_ctbcs $(ifd_front)

TOOLS += cyberjack_opens
tool_cyberjack_opens = $(IFD_CYBERJACK:%=ifdhandler/%) $(IFD_BASE:%=ifdhandler/%) $(ifd_words)
tool_cyberjack_opens_libs = $(LIBUSB)

# The pad. PAD is its face without slot and sockets.
PAD = padlink pinblock presses entry lcd typed pad
pad = $(PAD:%=simulator/%) $(iso7816)
DEVICE = trace slot device_request device_pin device
device = $(DEVICE:%=simulator/%) $(pad) card-os/image $(filter-out $(iso7816),$(card_os))
CONTROL = words deck hands offers control
control = $(CONTROL:%=simulator/%) $(factory) $(device)
SERVER = ctl listen client server
CARDINAL_PAD = $(SERVER) script guard ui options command_pad command_card card_show main
PROGRAMS += cardinal-pad
prog_cardinal-pad = $(CARDINAL_PAD:%=simulator/%) $(control)
prog_cardinal-pad_libs = $(CRYPTO) -lncursesw -ltinfo
UNIT += padlink padlink_answer pinblock presses lcd pad pad_line pad_pin control script card_deck
UNIT += server server_client device device_card device_pin device_start device_end
unit_padlink = simulator/padlink $(iso7816)
unit_padlink_answer = $(unit_padlink)
unit_pinblock = simulator/pinblock $(iso7816)
unit_presses = simulator/presses
unit_lcd = simulator/lcd
unit_pad = tests/unit/pad_face $(pad)
unit_pad_line = $(unit_pad)
unit_pad_pin = $(unit_pad)
unit_device = tests/unit/device_bench tests/unit/deck $(factory) $(device)
unit_device_card = $(unit_device)
unit_device_start = tests/unit/device_steps $(unit_device)
unit_device_end = $(unit_device_start)
unit_device_pin = tests/unit/ownstack $(unit_device)
unit_control = $(control)
unit_script = simulator/ctl simulator/script $(control)
unit_server = tests/unit/server_child $(SERVER:%=simulator/%) $(control)
unit_server_client = $(unit_server)
unit_card_deck = simulator/deck card-os/image $(factory) $(card_os)
UNIT += card_show
unit_card_show = simulator/card_show $(factory) $(card_os)
unit_card_show_libs = -ljansson
FUZZ += sm_command sm_response card_data fcp card
fuzz_sm_command = $(iso7816)
fuzz_sm_response = $(iso7816)
fuzz_card_data = $(card_os)
fuzz_fcp = $(card_os)
invent = $(addprefix tests/fuzz/,invent made made_files made_create made_keys)
world = $(addprefix tests/fuzz/,world scene first secrets rules answer) $(invent) tests/unit/dice \
	tests/unit/one_turn tests/unit/suite tests/unit/holder tests/unit/keyring $(deck)
world_libs = -Wl,--wrap=PKCS5_PBKDF2_HMAC -lcunit
fuzz_card = $(world)
fuzz_card_libs = $(world_libs)
FUZZ += cvc slot_user
fuzz_cvc = $(card_os)
fuzz_slot_user = $(card_os)
FUZZ += padlink pinblock device control script
fuzz_padlink = simulator/padlink $(iso7816)
fuzz_pinblock = simulator/pinblock simulator/padlink $(iso7816)
fuzz_device = tests/unit/one_turn tests/unit/deck tests/unit/suite $(factory) $(device)
fuzz_device_libs = $(world_libs)
fuzz_control = $(control)
fuzz_script = simulator/ctl simulator/script $(control)

# Ceremonies. The rig is pad, cards and HSM in one process.
CEREMONIES = activate backup backup_create backup_read checklist copy dialogue install outcome \
	pins plans reader resume roster runner text told user_card user_tools users verify
REQUESTS = requests requests_exchange requests_share requests_user cert
requests = $(REQUESTS:%=hsm/cards/%)
ceremonies = $(CEREMONIES:%=hsm/ceremony/%) $(requests) hsm/cards/reader_name
RIG = rig rig_cards rig_gate rig_journal rig_person rig_secrets
rig = $(RIG:%=tests/rig/%) $(factory) $(device)
in_rig = $(ceremonies) $(keys) $(rig)
UNIT += ceremony ceremony_mistake ceremony_abort ceremony_said ceremony_share ceremony_users
UNIT += ceremony_activate ceremony_tools ceremony_resume ceremony_sheet users_faults tapped_users
UNIT += faults cert requests runner padcode padinfo padcheck reader_name tapped
unit_cert = hsm/cards/cert
unit_requests = $(in_rig)
UNIT += requests_user requests_answer
unit_requests_user = $(in_rig)
unit_requests_answer = $(requests) $(keys) $(iso7816)
unit_runner = $(in_rig)
unit_padcode = hsm/cards/padcode card-os/iso7816/buf card-os/iso7816/tlv card-os/iso7816/apdu
unit_padinfo = hsm/cards/padinfo card-os/iso7816/buf card-os/iso7816/tlv card-os/iso7816/apdu
unit_padcheck = hsm/cards/padcheck hsm/cards/padoutcome hsm/cards/reader_name $(unit_padinfo)
unit_reader_name = hsm/cards/reader_name
unit_ceremony = $(in_rig)
unit_ceremony_said = $(in_rig)
unit_ceremony_sheet = $(in_rig)
unit_ceremony_users = $(unit_ceremony_mistake)
unit_ceremony_activate = $(unit_ceremony_mistake)
unit_ceremony_resume = $(unit_ceremony_mistake)
unit_users_faults = $(unit_ceremony_mistake)
unit_tapped_users = $(unit_ceremony_mistake)
unit_ceremony_tools = $(unit_ceremony_mistake)
unit_ceremony_mistake = tests/unit/ceremony_harm $(in_rig)
unit_ceremony_abort = $(unit_ceremony_mistake)
unit_ceremony_share = $(unit_ceremony_mistake)
unit_faults = $(in_rig)
unit_tapped = $(in_rig)
TOOLS += memgrep secretbytes no_seccomp
tool_no_seccomp_libs = -lseccomp
tool_secretbytes = $(keys) $(card_os)
FUZZ += padcode padinfo
fuzz_padcode = $(unit_padcode)
fuzz_padinfo = $(unit_padcheck)
FUZZ += requests
fuzz_requests = $(requests) $(keys) $(factory) $(card_os)

# Emulated readers, each on a bus that carries it: usb_NAME lists the modules beside NAME.
jack = $(addprefix tests/usb/,usb padside ctl jack_faults jack_link jack_pin jack_card jack_face \
	jack_bcs cyberjack) simulator/padlink $(ifd_words)
UNIT += jack_pin
unit_jack_pin = tests/usb/jack_pin ifdhandler/cj_ctbcs simulator/pinblock $(ifd_front)
USB_TOOLS = mockjack
usb_mockjack = tests/usb/mockbus tests/usb/mockbus_device tests/usb/mockfs $(jack)
usb_mockjack_libs = -lumockdev -lgio-2.0 -lgobject-2.0 -lglib-2.0

# The daemon and the operator's tool.
PROGRAMS += cardinald cardinal
CARDS_PCSC = cards_open cards_pcsc padcode pcsc pcsc_list pcsc_pad
ADMIN = names quorum slot_order wiped request request_slot issuer report report_slot routes \
	routes_install routes_issuer routes_slot
admin = $(ADMIN:%=hsm/admin/%)
LISTENS = server evict log
VAULTLINK = vaultlink vaultlink_slot
vaultlink = $(VAULTLINK:%=hsm/daemon/%)
DAEMON = main parent restart roles harden vault vault_slot vault_people vaultclient vaultgate \
	$(VAULTLINK) $(WARD)
prog_cardinald = $(DAEMON:%=hsm/daemon/%) $(admin) $(LISTENS:%=hsm/admin/%) hsm/admin/config \
	hsm/keys/owner $(store) $(ceremonies) $(CARDS_PCSC:%=hsm/cards/%) $(keys) $(p11_server) \
	$(wire) $(filter-out $(iso7816),$(rules_world)) $(iso7816)
prog_cardinald_plain = hsm/daemon/seccomp
prog_cardinald_san = hsm/daemon/seccomp_none
prog_cardinald_libs = $(CRYPTO) $(SQLITE) -lmicrohttpd -ljansson -lpcsclite -linih -lseccomp
ASKS = names quorum slot_order wiped log
PROBE = padcheck padinfo padoutcome probe
CLI = commands help client codes codes_ask countdown errand follow ok prompts say show ceremony \
	events issuer reader reader_json reader_pin reader_show reset script seats share slot \
	slot_mode slot_plan slot_show status tool user
cli = $(CLI:%=hsm/cli/%) $(ASKS:%=hsm/admin/%) hsm/keys/owner $(ceremonies) $(keys) $(iso7816) \
	$(CARDS_PCSC:%=hsm/cards/%) $(PROBE:%=hsm/cards/%)
prog_cardinal = hsm/cli/main $(cli)
prog_cardinal_libs = $(CRYPTO) -lcurl -ljansson -lpcsclite
UNIT += vault vaultlink vaultlink_seats admin admin_report admin_issuer admin_plan admin_slot wiped cli codes \
	slot_plan follow
unit_vault = tests/unit/vault_bench tests/unit/place $(sort $(addprefix hsm/daemon/,vault vault_slot \
	vault_people vaultclient vaultgate) $(vaultlink) hsm/admin/log hsm/ceremony/outcome hsm/ceremony/text \
	$(p11_server) $(iso7816))
WARD = ward ward_ask ward_act ward_slot ward_perform ward_people
UNIT += ward
unit_ward = $(sort $(unit_vault) $(WARD:%=hsm/daemon/%) $(ceremonies) $(CARDS_PCSC:%=hsm/cards/%) \
	hsm/admin/names hsm/admin/slot_order $(keys))
unit_ward_libs = $(SQLITE) -lpcsclite
UNIT += vault_people vault_orders
unit_vault_people = tests/unit/vault_table $(unit_vault)
unit_vault_people_libs = $(SQLITE)
unit_vault_orders = $(unit_vault_people)
unit_vault_orders_libs = $(SQLITE)
unit_vault_libs = $(SQLITE)
UNIT += restart
unit_restart = hsm/daemon/restart hsm/daemon/harden hsm/admin/config hsm/admin/log $(keys) card-os/iso7816/buf
unit_restart_libs = -linih
unit_vaultlink = $(iso7816) $(vaultlink)
unit_vaultlink_seats = $(unit_vaultlink)
unit_admin = tests/unit/admin_counter $(admin) $(ceremonies) $(keys) $(iso7816)
unit_admin_libs = -ljansson
unit_admin_report = $(unit_admin)
unit_admin_report_libs = -ljansson
unit_admin_issuer = $(unit_admin)
unit_admin_issuer_libs = -ljansson
unit_admin_plan = $(unit_admin)
unit_admin_plan_libs = -ljansson
unit_admin_slot = $(unit_admin)
unit_admin_slot_libs = -ljansson
unit_wiped = hsm/admin/wiped
unit_wiped_libs = -ljansson -Wl,--wrap=free
unit_codes = hsm/cli/codes hsm/cli/codes_ask $(keys)
unit_codes_libs = -ljansson -lutil
unit_cli = $(cli)
unit_cli_libs = -lcurl -ljansson -lpcsclite
unit_slot_plan = $(cli)
unit_slot_plan_libs = $(unit_cli_libs)
unit_follow = $(cli)
unit_follow_libs = $(unit_cli_libs) -lutil
FUZZ += vaultlink body
fuzz_vaultlink = $(iso7816) $(vaultlink)
fuzz_body = hsm/admin/quorum hsm/admin/slot_order hsm/admin/request hsm/admin/request_slot \
	hsm/admin/issuer $(iso7816)
fuzz_body_libs = -ljansson
FUZZ += codes prompts seats
fuzz_seats = hsm/cli/seats
fuzz_seats_libs = -ljansson
fuzz_codes = hsm/cli/codes $(keys)
fuzz_codes_libs = -ljansson
fuzz_prompts = hsm/cli/prompts hsm/cli/client hsm/cli/say hsm/cli/show hsm/keys/owner hsm/admin/log \
	hsm/admin/wiped hsm/admin/slot_order hsm/cli/slot_show card-os/iso7816/err
fuzz_prompts_libs = -lcurl -ljansson

# Slots and token objects.
UNIT += derive slot_record manifest slots slot_admin slot_codes slot_disk objects objects_bounds \
	objects_tamper migration store_faults people people_meanwhile people_slot people_vacant \
	people_disk people_faults people_hold enrol
FUZZ += slot_record manifest
fuzz_slot_record = hsm/vault/slot_record hsm/vault/seat card-os/iso7816/buf
fuzz_manifest = hsm/vault/manifest card-os/iso7816/buf
unit_derive = hsm/keys/derive
unit_slot_record = hsm/vault/slot_record hsm/vault/seat card-os/iso7816/buf
unit_manifest = hsm/vault/manifest card-os/iso7816/buf
unit_migration = $(unit_people)
unit_migration_libs = $(SQLITE)
unit_store_faults = $(token)
unit_store_faults_libs = $(SQLITE) -Wl,--wrap=sqlite3_step
token = tests/unit/token $(unit_store)
unit_slots = $(token)
unit_slots_libs = $(SQLITE)
unit_slot_admin = $(token)
unit_slot_admin_libs = $(SQLITE)
unit_slot_codes = $(token)
unit_slot_codes_libs = $(SQLITE)
unit_people = tests/unit/crew $(token)
unit_people_libs = $(SQLITE)
unit_people_slot = $(unit_people)
unit_people_slot_libs = $(SQLITE)
unit_people_meanwhile = $(unit_people)
unit_people_meanwhile_libs = $(SQLITE)
unit_people_vacant = $(unit_people)
unit_people_vacant_libs = $(SQLITE)
unit_people_disk = $(unit_people)
unit_people_disk_libs = $(SQLITE)
unit_people_hold = $(unit_people)
unit_people_hold_libs = $(SQLITE) -Wl,--wrap=sqlite3_step
unit_people_faults = $(unit_people)
unit_people_faults_libs = $(SQLITE) -Wl,--wrap=sqlite3_step -Wl,--wrap=derive_code
unit_enrol = $(unit_people)
unit_enrol_libs = $(SQLITE)
unit_slot_disk = tests/unit/past $(token)
unit_slot_disk_libs = $(SQLITE)
unit_objects_tamper = $(unit_slot_disk)
unit_objects_tamper_libs = $(SQLITE)
unit_objects = $(token)
unit_objects_libs = $(SQLITE)
unit_objects_bounds = $(token)
unit_objects_bounds_libs = $(SQLITE)

# PKCS#11: attributes, and the rules of objects.
UNIT += attrs
unit_attrs = hsm/pkcs11/attrs
FUZZ += attrs
fuzz_attrs = hsm/pkcs11/attrs
RULES = attrs rules rules_change rules_default rules_finish rules_info rules_native rules_table \
	rules_value rules_view crypt_check
rules = $(RULES:%=hsm/pkcs11/%)
rules_world = $(sort $(rules) $(crypt) $(iso7816))
UNIT += rules_template rules_create rules_generate rules_copy_set rules_view
unit_rules_template = tests/unit/template $(rules_world)
unit_rules_create = $(unit_rules_template)
unit_rules_generate = $(unit_rules_template)
unit_rules_copy_set = $(unit_rules_template)
unit_rules_view = $(unit_rules_template)
FUZZ += p11_rules
fuzz_p11_rules = $(rules_world)

# PKCS#11: mechanisms, and what they do with keys.
MECH = mech mech_native mech_table
mech = $(MECH:%=hsm/pkcs11/%) card-os/iso7816/buf
CRYPT = crypt crypt_aes crypt_cipher crypt_curve crypt_derive crypt_digest crypt_ec crypt_ec_key \
	crypt_generate crypt_key crypt_length crypt_mac crypt_op crypt_pkcs1 crypt_pkcs8 \
	crypt_ready crypt_rsa crypt_rsa_cipher crypt_rsa_key crypt_sign crypt_wrap
crypt = $(CRYPT:%=hsm/pkcs11/%) hsm/pkcs11/attrs $(mech)
UNIT += mech crypt_sign crypt_cipher crypt_op crypt_generate crypt_derive \
	crypt_wrap crypt_rejection crypt_rsa
unit_mech = $(mech)
unit_crypt_sign = tests/unit/crypt_keys $(crypt)
unit_crypt_cipher = $(unit_crypt_sign)
unit_crypt_op = $(unit_crypt_sign)
unit_crypt_generate = $(unit_crypt_sign)
unit_crypt_derive = $(unit_crypt_sign)
unit_crypt_wrap = $(unit_crypt_sign)
unit_crypt_rejection = $(unit_crypt_sign)
unit_crypt_rsa = $(unit_crypt_sign)
FUZZ += mech curve pkcs8
fuzz_mech = $(mech)
fuzz_curve = $(crypt)
fuzz_pkcs8 = $(crypt)

# PKCS#11: the wire.
WIRE = wire wire_frame slate
wire = $(WIRE:%=hsm/pkcs11/%)
slate = hsm/pkcs11/slate hsm/pkcs11/wire_frame card-os/iso7816/buf
UNIT += wire wire_refusal wire_frame slate slate_memory beside
unit_wire = tests/unit/letter $(wire) hsm/pkcs11/attrs $(mech)
unit_wire_refusal = $(unit_wire)
unit_beside = hsm/pkcs11/beside
unit_wire_frame = hsm/pkcs11/wire_frame card-os/iso7816/buf
unit_slate = tests/unit/both $(slate)
unit_slate_memory = $(unit_slate)
FUZZ += wire slate
fuzz_wire = $(wire) hsm/pkcs11/attrs $(mech)
fuzz_slate = $(slate)

# PKCS#11: vault's side.
P11_SERVER = server server_app server_change server_find server_generate server_held server_key \
	beside server_listen server_login server_object server_op server_page server_sign server_slot \
	server_user server_wrap cache cached
# With all that it stands on.
p11_server = $(sort $(P11_SERVER:%=hsm/pkcs11/%) $(wire) $(rules_world) $(store) $(keys))
UNIT += cache server_login server_object server_import server_find server_sign server_op \
	server_wrap
unit_cache = hsm/pkcs11/cache hsm/pkcs11/cached $(crypt)
unit_server_login = tests/unit/client tests/unit/place hsm/ceremony/outcome hsm/ceremony/text $(p11_server)
unit_server_login_libs = $(SQLITE)
unit_server_object = $(unit_server_login)
unit_server_object_libs = $(SQLITE)
unit_server_import = $(unit_server_login)
unit_server_import_libs = $(SQLITE)
unit_server_find = $(unit_server_login)
unit_server_find_libs = $(SQLITE)
unit_server_sign = $(unit_server_login)
unit_server_sign_libs = $(SQLITE)
unit_server_op = $(unit_server_login)
unit_server_op_libs = $(SQLITE)
unit_server_wrap = $(unit_server_login)
unit_server_wrap_libs = $(SQLITE)
UNIT += server_people server_waiting
unit_server_people = $(sort tests/unit/waiting tests/unit/crew $(token) $(unit_server_login))
unit_server_people_libs = $(SQLITE)
unit_server_waiting = $(unit_server_people)
unit_server_waiting_libs = $(SQLITE)
FUZZ += p11_server
fuzz_p11_server = tests/fuzz/guests $(p11_server) hsm/ceremony/outcome hsm/ceremony/text
fuzz_p11_server_libs = $(SQLITE)
# Many threads at once, for the thread sanitizer: P11_STORM calls each.
p11_storm = tests/fuzz/p11_storm tests/unit/suite $(unit_server_login)
UNIT += server_listen server_slate server_awake server_limits server_stale server_memory
unit_server_memory = $(unit_server_login)
unit_server_memory_libs = $(SQLITE)
unit_server_stale = $(unit_server_login)
unit_server_stale_libs = $(SQLITE)
unit_server_limits = $(unit_server_login)
unit_server_limits_libs = $(SQLITE)
unit_server_listen = tests/unit/caller $(unit_server_login)
unit_server_listen_libs = $(SQLITE)
unit_server_slate = $(unit_server_listen)
unit_server_slate_libs = $(SQLITE)
unit_server_awake = $(unit_server_listen)
unit_server_awake_libs = $(SQLITE)

# PKCS#11: the module.
MODULE = module module_absent module_cipher module_digest module_dual module_event module_find \
	module_handle module_hello module_init module_key module_link module_log \
	module_login module_mechanism module_object module_op module_out module_permit \
	module_pin module_random module_remote module_request module_session module_sign \
	module_slot module_table module_view
module = $(sort $(MODULE:%=hsm/pkcs11/%) $(wire) $(rules) $(crypt) \
	hsm/keys/owner $(iso7816))
PROGRAMS += libcardinal-pkcs11.so
prog_libcardinal-pkcs11.so = $(module)
prog_libcardinal-pkcs11.so_libs = $(CRYPTO)
# Once loaded it stays, with what it keeps of libcrypto for the next C_Initialize.
prog_libcardinal-pkcs11.so_ld = -shared -Wl,--version-script=hsm/pkcs11/export.map -Wl,-z,defs \
	-Wl,-z,nodelete
prog_libcardinal-pkcs11.so_deps = hsm/pkcs11/export.map
prog_libcardinal-pkcs11.so_dir = lib
UNIT += module_start module_session module_login module_daemon module_end module_vault module_cipher \
	module_object
unit_module_start = tests/unit/module_calls $(module)
unit_module_session = tests/unit/module_peer tests/unit/module_calls $(module)
unit_module_daemon = tests/unit/module_play tests/unit/module_peer $(module)
unit_module_login = $(unit_module_daemon)
unit_module_end = $(unit_module_daemon)
vault_at = $(sort tests/unit/vault_at $(token) $(p11_server) $(module))
unit_module_vault = tests/unit/module_user $(vault_at)
unit_module_vault_libs = $(SQLITE)
unit_module_object = $(unit_module_vault)
unit_module_object_libs = $(SQLITE)
unit_module_cipher = $(unit_module_vault)
unit_module_cipher_libs = $(SQLITE)
UNIT += module_people
unit_module_people = $(sort tests/unit/crew tests/unit/module_user $(vault_at))
unit_module_people_libs = $(SQLITE)
FUZZ += p11_daemon
fuzz_p11_daemon = $(module)
fuzz_p11_daemon_libs = -DCARDINAL_VERSION='"$(VERSION)"'

# PKCS#11: what applications do with it, and how fast.
p11_client = $(addprefix tests/tools/p11_,load names words mechanism)
TOOLS += p11
tool_p11 = $(p11_client) tests/tools/p11_steps_token tests/tools/p11_steps_object \
	tests/tools/p11_steps_crypto
TOOLS += p11_keys p11_crowd p11_reload
tool_p11_reload = tests/tools/p11_load tests/tools/p11_names
tool_p11_keys = tests/tools/p11_life $(p11_client)
tool_p11_crowd = $(tool_p11_keys)
TOOLS += p11_vectors
BENCH_RUN += pkcs11
BENCH_PARTS += pkcs11
bench_pkcs11 = tests/bench/pkcs11_measures tests/bench/pkcs11_store tests/tools/p11_load \
	tests/tools/p11_names
tool_p11_vectors = tests/tools/p11_vectors_secret tests/tools/p11_vectors_pairs $(p11_client)

# Readers that are emulated on USB: at a bus of the kernel's, for the guest of test-usb.
VHCI = vhci_main vhci usb ctl padside cyberjack jack_link jack_bcs jack_card jack_face jack_pin \
	jack_faults ccid ccid_model ccid_pin
vhci = $(VHCI:%=tests/usb/%) simulator/padlink $(ifd_words)

# Compilers and flags. ----------------------------------------------------------------------------

VERSION = 0.1.0
CC = gcc
CLANG = clang
PKG_CONFIG = pkg-config
PREFIX = /usr
SYSCONFDIR = /etc
DESTDIR =

WARN = -Werror -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla
HARDEN = -O2 -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection -fcf-protection \
	-fPIC
HARDEN_LD = -Wl,-z,relro,-z,now,-z,noexecstack
SAN = -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all -fPIC
BASE = -std=c11 -D_GNU_SOURCE -DCARDINAL_VERSION='"$(VERSION)"' -g -I. -MMD -MP $(WARN)
SYSINC = $(shell $(PKG_CONFIG) --cflags-only-I libpcsclite libusb-1.0 \
	p11-kit-1 2>/dev/null | sed 's/-I/-isystem /g')
CRYPTO = -lcrypto
LIBUSB = -lusb-1.0

B = build
comma = ,
# `make V=1` shows the whole commands. As many run side by side as there are processors.
Q = $(if $(V),,@echo '  $(@:$(B)/%=%)';)
MAKEFLAGS := $(MAKEFLAGS) $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc))
obj = $(1:%=$(B)/obj/%.o)
san = $(1:%=$(B)/san/%.o)

.PHONY: all sanitized run test test-usb check unit cov tools scripts fuzz storm soak crowd faults bench arrows columns headers deps install uninstall clean help
.DELETE_ON_ERROR:

all: $(PROGRAMS:%=$(B)/%)

$(B)/obj/%.o: %.c | deps
	@mkdir -p $(@D)
	$(Q)$(CC) $(BASE) $(HARDEN) $(SYSINC) $(CFLAGS) -c -o $@ $<

$(B)/san/%.o: %.c | deps
	@mkdir -p $(@D)
	$(Q)$(CC) $(BASE) $(SAN) $(SYSINC) $(CFLAGS) -c -o $@ $<

define program_rule
$(B)/$(1): $$(call obj,$$(prog_$(1)) $$(prog_$(1)_plain)) $$(prog_$(1)_deps)
	$$(Q)$$(CC) $$(HARDEN) $$(HARDEN_LD) $$(prog_$(1)_ld) -o $$@ $$(filter %.o,$$^) $$(prog_$(1)_libs)
$(B)/san/bin/$(1): $$(call san,$$(prog_$(1)) $$(prog_$(1)_san)) $$(prog_$(1)_deps)
	@mkdir -p $$(@D)
	$$(Q)$$(CC) $$(SAN) $$(prog_$(1)_ld) -o $$@ $$(filter %.o,$$^) $$(prog_$(1)_libs)
endef
$(foreach p,$(PROGRAMS),$(eval $(call program_rule,$(p))))
sanitized: $(PROGRAMS:%=$(B)/san/bin/%)

# Tests. ------------------------------------------------------------------------------------------

define unit_rule
$(B)/tests/unit/$(1): $$(call san,tests/unit/$(1) tests/unit/suite $$(unit_$(1)))
	@mkdir -p $$(@D)
	$$(Q)$$(CC) $$(SAN) -o $$@ $$^ $$(unit_$(1)_libs) $$(CRYPTO) -lcunit
endef
$(foreach u,$(UNIT),$(eval $(call unit_rule,$(u))))

unit: $(UNIT:%=$(B)/tests/unit/%)

# Which lines of the card the suites run that link something of it: gcov of gcc, objects of its own.
cov_obj = $(1:%=$(B)/cov/%.o)
COVER = $(foreach u,$(UNIT),$(if $(filter card-os/%,$(unit_$(u))),$(u)))
$(B)/cov/%.o: %.c | deps
	@mkdir -p $(@D)
	$(Q)$(CC) $(BASE) -O0 --coverage $(SYSINC) $(CFLAGS) -c -o $@ $<
define cov_rule
$(B)/cov/bin/$(1): $$(call cov_obj,tests/unit/$(1) tests/unit/suite $$(unit_$(1)))
	@mkdir -p $$(@D)
	$$(Q)$$(CC) --coverage -o $$@ $$^ $$(unit_$(1)_libs) $$(CRYPTO) -lcunit
endef
$(foreach u,$(COVER),$(eval $(call cov_rule,$(u))))
cov: $(COVER:%=$(B)/cov/bin/%)
	@tests/cov $^

# What scripts need beside the products: the product's own objects with a main of the tests'.
define tool_rule
$(B)/tests/tools/$(1): $$(call obj,tests/tools/$(1) $$(tool_$(1)))
	@mkdir -p $$(@D)
	$$(Q)$$(CC) $$(HARDEN) -o $$@ $$^ $$(tool_$(1)_libs) $$(CRYPTO)
endef
$(foreach t,$(filter-out gfshare,$(TOOLS)),$(eval $(call tool_rule,$(t))))
# Shamir with libgfshare's polynomial, so that gfsplit and gfcombine check it.
$(B)/0x11d/%.o: %.c | deps
	@mkdir -p $(@D)
	$(Q)$(CC) $(BASE) $(SAN) -DSHAMIR_POLY=0x11d -c -o $@ $<
$(B)/tests/tools/gfshare: $(patsubst %,$(B)/0x11d/%.o,tests/tools/gfshare hsm/keys/shamir)
	@mkdir -p $(@D)
	$(Q)$(CC) $(SAN) -o $@ $^ $(CRYPTO)
define usb_rule
$(B)/tests/usb/$(1): $$(call obj,tests/usb/$(1) $$(usb_$(1)))
	@mkdir -p $$(@D)
	$$(Q)$$(CC) $$(HARDEN) -o $$@ $$^ $$(usb_$(1)_libs)
endef
$(foreach t,$(USB_TOOLS),$(eval $(call usb_rule,$(t))))
$(B)/obj/tests/usb/%.o: SYSINC += \
	$(shell $(PKG_CONFIG) --cflags-only-I umockdev-1.0 2>/dev/null | sed 's/-I/-isystem /g')
# What pcscd gets preloaded when leaks are looked for.
$(B)/tests/tools/%.so: tests/tools/%.c | deps
	@mkdir -p $(@D)
	$(Q)$(CC) -std=c11 $(WARN) -fPIC -shared -o $@ $<
tools: $(TOOLS:%=$(B)/tests/tools/%) $(USB_TOOLS:%=$(B)/tests/usb/%) \
	$(patsubst %,$(B)/tests/tools/%.so,keep_loaded leaks leak_check slow_locks)

define bench_rule
$(B)/bench/$(1): $$(call obj,tests/bench/$(1) $$(bench_$(1)))
	@mkdir -p $$(@D)
	$$(Q)$$(CC) $$(HARDEN) -o $$@ $$^ $$(bench_$(1)_libs) $$(CRYPTO)
endef
$(foreach b,$(BENCH),$(eval $(call bench_rule,$(b))))

# Ratios, measured side by side in one run; no pass or fail by the clock.
bench: all $(BENCH:%=$(B)/bench/%) $(B)/bench/ifd_null.so
	@for b in $(filter-out $(BENCH_PARTS),$(BENCH)); do $(B)/bench/$$b || exit 1; done
	@for b in $(BENCH_RUN); do tests/bench/$$b.sh || exit 1; done

# A driver that answers at once: what the virtual reader is measured beside.
$(B)/bench/ifd_null.so: tests/bench/ifd_null.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(BASE) $(HARDEN) $(SYSINC) -shared -o $@ $<

# Readers that come and go for a long time; SOAK_SWAPS, SOAK_PLUGS, SOAK_OPENS, SOAK_USB_PLUGS and
# SOAK_USB_OPENS make it shorter.
soak: all sanitized tools
	@BUILD=$(B) tests/soak.sh & plain=$$!; tests/soak-usb.sh & usb=$$!; \
	    tests/soak.sh && wait $$plain && wait $$usb

# Clients of PKCS#11 that are killed, and a daemon that is: in full. About ten minutes.
crowd: all sanitized tools
	BUILD=$(B) CROWD=200 SECONDS_EACH=60 ROUNDS=5 tests/141-p11-crowd.sh
	BUILD=$(B)/san/bin CROWD=200 SECONDS_EACH=30 ROUNDS=2 tests/141-p11-crowd.sh

# Every call of every seam failing in every way, while keys are split and read, and slots get users
# and open. Half an hour.
faults: $(B)/tests/unit/faults $(B)/tests/unit/users_faults $(B)/tests/unit/ceremony_resume
	for t in $^; do CARDINAL_TEST_ALL=1 CARDINAL_TEST_EVERY=1 $$t || exit 1; done

# A pad and an operator side by side; without a terminal, scripted fingers.
run: all
	@simulator/demo.sh

test: arrows headers all sanitized unit tools
	CARDINAL_TEST_ALL=1 TEST_SECONDS=900 tests/run $(UNIT:%=$(B)/tests/unit/%)

# The readers at a USB bus of the kernel's, in a guest that has all of it installed.
$(B)/tests/usb/vhci: $(call san,$(vhci))
	@mkdir -p $(@D)
	$(Q)$(CC) $(SAN) -o $@ $^ $(CRYPTO)
test-usb: all $(B)/tests/usb/vhci $(B)/tests/tools/part10
	@rm -rf $(B)/usb/installed
	@MAKEFLAGS= $(MAKE) -s install DESTDIR=$(abspath $(B))/usb/installed PREFIX=/usr SYSCONFDIR=/etc
	@tests/usb/guest.sh

define fuzz_rule
$(B)/fuzz/$(1): tests/fuzz/$(1).c $$(fuzz_$(1):%=%.c) | deps
	@mkdir -p $$(@D)
	$$(Q)$$(CLANG) -std=c11 -D_GNU_SOURCE -g -O1 -I. $$(SYSINC) -fsanitize=fuzzer,address,undefined \
	    -fno-sanitize-recover=all -o $$@ $$^ $$(fuzz_$(1)_libs) $$(CRYPTO)
endef
$(foreach f,$(FUZZ),$(eval $(call fuzz_rule,$(f))))

FUZZ_SECONDS = 60
fuzz: $(FUZZ:%=$(B)/fuzz/%)
	tests/fuzz/run $(FUZZ_SECONDS) $(FUZZ:%=$(B)/fuzz/%)

# Commands that make some sense, in sequences, as many as wanted; a seed gives the same ones. With
# SANITIZE=address,undefined it looks at memory too, and takes longer.
STORM = 10000000
SEED = 1
SANITIZE = undefined
STORM_SOURCES = $(patsubst %,%.c,tests/fuzz/card_storm $(world))
$(B)/fuzz/card_storm-$(SANITIZE): $(STORM_SOURCES) $(wildcard tests/*/*.h card-os/*.h card-os/*/*.h) \
	    | deps
	@mkdir -p $(@D)
	$(Q)$(CLANG) -std=c11 -D_GNU_SOURCE -g -O2 -I. -fsanitize=$(SANITIZE) -fno-sanitize-recover=all \
	    -o $@ $(STORM_SOURCES) $(world_libs) $(CRYPTO)
storm: $(B)/fuzz/card_storm-$(SANITIZE)
	$< $(STORM) $(SEED)

storm-p11: $(B)/fuzz/p11_storm
	P11_STORM=$(P11_STORM) $<
P11_STORM = 20000
$(B)/tsan/%.o: %.c | deps
	@mkdir -p $(@D)
	$(Q)$(CC) $(BASE) -O1 -fsanitize=thread $(SYSINC) $(CFLAGS) -c -o $@ $<
$(B)/fuzz/p11_storm: $(p11_storm:%=$(B)/tsan/%.o)
	@mkdir -p $(@D)
	$(Q)$(CC) -fsanitize=thread -o $@ $^ $(SQLITE) $(CRYPTO) -lcunit

# Which room may include which, that no line is too long, and that every header stands alone.
arrows:
	@tests/arrows

columns:
	@tests/columns

headers: columns | deps
	@(git ls-files '*.h' 2>/dev/null || find . -name '*.h') | xargs -P "$$(nproc)" -I{} \
	    $(CC) -std=c11 -D_GNU_SOURCE $(WARN) $(SYSINC) -I. -fsyntax-only -x c {}

# The packages of Debian that the goals need; installed where we may, before anything is built.
deps:
	@.ci/deps build $(DEPS_$(firstword $(MAKECMDGOALS)))
DEPS_run = run
DEPS_test = run test
DEPS_unit = test
DEPS_cov = test
DEPS_fuzz = test
DEPS_storm = test
DEPS_storm-p11 = test
DEPS_soak = run test
DEPS_crowd = run test
DEPS_bench = run test bench
DEPS_test-usb = run usb

# Installing. The driver for the pads lies outside its bundle, since pcscd warns of serial drivers in
# bundles; the bundle, for the USB readers, has a copy. A link would not do: pcscd numbers the
# readers of each path by themselves, and both would be one library that cannot tell them apart.
# pcscd does not start when its configuration names a library that is not there, so at no moment is
# there the one without the other: what is there is replaced at once, the configuration comes last
# and goes first. One that is there stays as its administrator has written it.
DRIVERS = $(PREFIX)/lib/pcsc/drivers
BUNDLE = $(DRIVERS)/ifd-cardinal.bundle/Contents
DOC = $(PREFIX)/share/doc/cardinal
CONF = $(SYSCONFDIR)/reader.conf.d/cardinal
# How many virtual readers; pcscd has room for 16 in all. A configuration that is there is written
# anew only when somebody says PADS.
PADS = 1
CONF_STAYS = $(if $(findstring command,$(origin PADS)),false,[ -e $(DESTDIR)$(CONF) ])
pads = $(shell seq 0 16 | grep -x -e '$(PADS)')
DOCS = README.md LICENSE docs/cardinal.conf $(wildcard docs/*.md)
TMPFILES = $(PREFIX)/lib/tmpfiles.d/cardinal.conf
SYSUSERS = $(PREFIX)/lib/sysusers.d/cardinal.conf
UDEV = $(PREFIX)/lib/udev/rules.d/92_pcscd_cardinal.rules
install_dir = $(PREFIX)/$(or $(prog_$(1)_dir),bin)
INSTALLED = $(foreach p,$(PROGRAMS),$(call install_dir,$p)/$p) $(DOCS:%=$(DOC)/%) $(CONF) \
	$(BUNDLE)/Info.plist $(BUNDLE)/PkgInfo $(BUNDLE)/Linux/libifd-cardinal.so \
	$(PREFIX)/lib/systemd/system/cardinald.service $(TMPFILES) $(SYSUSERS) $(UDEV)

install: all
	@$(if $(pads),:,$(error PADS is $(PADS), and pcscd has room for 0 to 16))
	$(foreach p,$(PROGRAMS),install -D -m $(if $(filter %.so,$p),644,755) $(B)/$p \
	    $(DESTDIR)$(call install_dir,$p)/$p.new && \
	    mv -f $(DESTDIR)$(call install_dir,$p)/$p.new $(DESTDIR)$(call install_dir,$p)/$p && ) :
	for d in $(DOCS); do install -D -m 644 $$d $(DESTDIR)$(DOC)/$$d || exit 1; done
	install -D -m 644 Info.plist $(DESTDIR)$(BUNDLE)/Info.plist
	printf 'BNDL????' | install -m 644 /dev/stdin $(DESTDIR)$(BUNDLE)/PkgInfo
	install -D -m 644 $(B)/libifd-cardinal.so $(DESTDIR)$(BUNDLE)/Linux/libifd-cardinal.so.new
	mv -f $(DESTDIR)$(BUNDLE)/Linux/libifd-cardinal.so.new \
	    $(DESTDIR)$(BUNDLE)/Linux/libifd-cardinal.so
	install -d $(DESTDIR)$(PREFIX)/lib/systemd/system
	sed 's,@BIN@,$(PREFIX)/bin,;s,@DOC@,$(DOC),' udev/cardinald.service | \
	    install -m 644 /dev/stdin $(DESTDIR)$(PREFIX)/lib/systemd/system/cardinald.service
	install -D -m 644 udev/cardinal.tmpfiles $(DESTDIR)$(TMPFILES)
	install -D -m 644 udev/cardinal.sysusers $(DESTDIR)$(SYSUSERS)
	install -D -m 644 udev/92_pcscd_cardinal.rules $(DESTDIR)$(UDEV)
	install -d $(DESTDIR)$(dir $(CONF))
	$(CONF_STAYS) || { n=0; { sed '/^#/!d' ifdhandler/reader.conf; \
	    while [ $$n -lt $(pads) ]; do \
	    echo; sed "/^#/d;s,@DRIVERS@,$(DRIVERS),;s,@PAD@,$$n," ifdhandler/reader.conf; \
	    n=$$((n + 1)); done; } > $(DESTDIR)$(dir $(CONF)).cardinal && \
	    chmod 644 $(DESTDIR)$(dir $(CONF)).cardinal && \
	    mv $(DESTDIR)$(dir $(CONF)).cardinal $(DESTDIR)$(CONF); }
	@$(if $(DESTDIR),:,printf '%s\n' $(AFTER))

# What an installation into a running system leaves to its administrator.
AFTER = '' 'Installed. What is left to do, as root:' \
	'  systemd-sysusers $(SYSUSERS)' '  systemd-tmpfiles --create $(TMPFILES)' \
	'  systemctl daemon-reload' \
	'  udevadm control --reload           then plug in a cyberJack anew' \
	'  systemctl restart pcscd            so that it finds the readers' \
	'  systemctl enable --now cardinald' \
	'  usermod -aG cardinal USER          for each who uses pads, who then logs in anew' \
	'  cardinal issuer add FILE           who made the cards; `cardinal-pad card issuer`' \
	'                                     names the file for those of a deck' \
	'  cardinal install --quorum 2of3'

# Our own directories go; in a DESTDIR, which nobody else fills, the empty ones above them as well.
uninstall:
	rm -f $(DESTDIR)$(CONF)
	@! grep -ls '^[^#]*libifd-cardinal[.]so' $(DESTDIR)$(dir $(CONF))* >&2 || { \
	    echo 'These name the driver, too, and pcscd would not start without it: remove them first.'; \
	    exit 1; } >&2
	rm -f $(INSTALLED:%=$(DESTDIR)%)
	for d in $(BUNDLE)/Linux $(BUNDLE) $(dir $(BUNDLE)) $(DOC)/docs $(DOC); do \
	    [ ! -d $(DESTDIR)$$d ] || rmdir $(DESTDIR)$$d || exit 1; done
	[ -z '$(DESTDIR)' ] || for f in $(INSTALLED); do \
	    (cd '$(DESTDIR)' && d=$$(dirname .$$f) && while [ "$$d" != . ] && [ ! -d "$$d" ]; do \
	    d=$$(dirname "$$d"); done; [ "$$d" = . ] || \
	    rmdir -p --ignore-fail-on-non-empty "$$d" 2>/dev/null || :); done

clean:
	rm -rf $(B)

help:
	@echo 'make            build everything into build/'
	@echo 'make run        a pad and an operator side by side: do an installation'
	@echo 'make test       all tests'
	@echo 'make test-usb   readers on USB, in a QEMU guest with the kernel of Debian; minutes'
	@echo 'make cov        how many lines of card-os the unit suites run'
	@echo 'make fuzz       every decoder for FUZZ_SECONDS=$(FUZZ_SECONDS)'
	@echo 'make storm      STORM=$(STORM) APDUs for the card, SEED=$(SEED), SANITIZE=$(SANITIZE)'
	@echo 'make storm-p11  clients of PKCS#11 all at once, P11_STORM=$(P11_STORM) calls a thread'
	@echo 'make soak       a day of card swaps and 10 000 plugs; about six minutes'
	@echo 'make crowd      200 clients of PKCS#11, killed at random; ten minutes'
	@echo 'make faults     each call failing in a ceremony, in each way; half an hour'
	@echo 'make bench      ratios, measured side by side'
	@echo 'make install    into DESTDIR=$(DESTDIR) PREFIX=$(PREFIX) with PADS=$(PADS) virtual readers;'
	@echo '                make uninstall takes it back'
	@echo 'make clean      removes build/'

-include $(shell find $(B) -name '*.d' -type f 2>/dev/null)
