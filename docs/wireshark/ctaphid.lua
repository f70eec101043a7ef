-- CTAPHID, CTAP2 and U2F for Wireshark and tshark:
--
--     fidoctl trace export run.jsonl --pcapng run.pcapng
--     tshark -X lua_script:docs/wireshark/ctaphid.lua -r run.pcapng
--
-- It reads captures of usbmon too. Reports are put together to messages; parameters and results
-- are handed to Wireshark's own CBOR dissector.

local ctaphid = Proto("ctaphid", "FIDO CTAPHID")

local HID_COMMANDS = {
    [0x01] = "CTAPHID_PING", [0x03] = "CTAPHID_MSG", [0x04] = "CTAPHID_LOCK",
    [0x06] = "CTAPHID_INIT", [0x08] = "CTAPHID_WINK", [0x10] = "CTAPHID_CBOR",
    [0x11] = "CTAPHID_CANCEL", [0x3B] = "CTAPHID_KEEPALIVE", [0x3F] = "CTAPHID_ERROR",
}

local COMMANDS = {
    [0x01] = "authenticatorMakeCredential", [0x02] = "authenticatorGetAssertion",
    [0x04] = "authenticatorGetInfo", [0x06] = "authenticatorClientPIN",
    [0x07] = "authenticatorReset", [0x08] = "authenticatorGetNextAssertion",
    [0x09] = "authenticatorBioEnrollment", [0x0A] = "authenticatorCredentialManagement",
    [0x0B] = "authenticatorSelection", [0x0C] = "authenticatorLargeBlobs",
    [0x0D] = "authenticatorConfig", [0x40] = "authenticatorBioEnrollment (prototype)",
    [0x41] = "authenticatorCredentialManagement (prototype)",
}

-- The key of the subcommand in the parameters, and the subcommands' names.
local CLIENT_PIN = { key = 2, [1] = "getPINRetries", [2] = "getKeyAgreement", [3] = "setPIN",
    [4] = "changePIN", [5] = "getPinToken", [6] = "getPinUvAuthTokenUsingUvWithPermissions",
    [7] = "getUVRetries", [9] = "getPinUvAuthTokenUsingPinWithPermissions" }
local BIO_ENROLLMENT = { key = 2, [1] = "enrollBegin", [2] = "enrollCaptureNextSample",
    [3] = "cancelCurrentEnrollment", [4] = "enumerateEnrollments", [5] = "setFriendlyName",
    [6] = "removeEnrollment", [7] = "getFingerprintSensorInfo" }
local CREDENTIAL_MANAGEMENT = { key = 1, [1] = "getCredsMetadata", [2] = "enumerateRPsBegin",
    [3] = "enumerateRPsGetNextRP", [4] = "enumerateCredentialsBegin",
    [5] = "enumerateCredentialsGetNextCredential", [6] = "deleteCredential",
    [7] = "updateUserInformation" }
local CONFIG = { key = 1, [1] = "enableEnterpriseAttestation", [2] = "toggleAlwaysUv",
    [3] = "setMinPINLength", [4] = "enableLongTouchForReset", [0xFF] = "vendorPrototype" }
local SUB_COMMANDS = { [0x06] = CLIENT_PIN, [0x09] = BIO_ENROLLMENT, [0x40] = BIO_ENROLLMENT,
    [0x0A] = CREDENTIAL_MANAGEMENT, [0x41] = CREDENTIAL_MANAGEMENT, [0x0D] = CONFIG }

local STATUSES = {
    [0x00] = "CTAP2_OK",
    [0x01] = "CTAP1_ERR_INVALID_COMMAND",
    [0x02] = "CTAP1_ERR_INVALID_PARAMETER",
    [0x03] = "CTAP1_ERR_INVALID_LENGTH",
    [0x04] = "CTAP1_ERR_INVALID_SEQ",
    [0x05] = "CTAP1_ERR_TIMEOUT",
    [0x06] = "CTAP1_ERR_CHANNEL_BUSY",
    [0x0A] = "CTAP1_ERR_LOCK_REQUIRED",
    [0x0B] = "CTAP1_ERR_INVALID_CHANNEL",
    [0x11] = "CTAP2_ERR_CBOR_UNEXPECTED_TYPE",
    [0x12] = "CTAP2_ERR_INVALID_CBOR",
    [0x14] = "CTAP2_ERR_MISSING_PARAMETER",
    [0x15] = "CTAP2_ERR_LIMIT_EXCEEDED",
    [0x16] = "CTAP2_ERR_UNSUPPORTED_EXTENSION",
    [0x17] = "CTAP2_ERR_FP_DATABASE_FULL",
    [0x18] = "CTAP2_ERR_LARGE_BLOB_STORAGE_FULL",
    [0x19] = "CTAP2_ERR_CREDENTIAL_EXCLUDED",
    [0x21] = "CTAP2_ERR_PROCESSING",
    [0x22] = "CTAP2_ERR_INVALID_CREDENTIAL",
    [0x23] = "CTAP2_ERR_USER_ACTION_PENDING",
    [0x24] = "CTAP2_ERR_OPERATION_PENDING",
    [0x25] = "CTAP2_ERR_NO_OPERATIONS",
    [0x26] = "CTAP2_ERR_UNSUPPORTED_ALGORITHM",
    [0x27] = "CTAP2_ERR_OPERATION_DENIED",
    [0x28] = "CTAP2_ERR_KEY_STORE_FULL",
    [0x29] = "CTAP2_ERR_NOT_BUSY",
    [0x2A] = "CTAP2_ERR_NO_OPERATION_PENDING",
    [0x2B] = "CTAP2_ERR_UNSUPPORTED_OPTION",
    [0x2C] = "CTAP2_ERR_INVALID_OPTION",
    [0x2D] = "CTAP2_ERR_KEEPALIVE_CANCEL",
    [0x2E] = "CTAP2_ERR_NO_CREDENTIALS",
    [0x2F] = "CTAP2_ERR_USER_ACTION_TIMEOUT",
    [0x30] = "CTAP2_ERR_NOT_ALLOWED",
    [0x31] = "CTAP2_ERR_PIN_INVALID",
    [0x32] = "CTAP2_ERR_PIN_BLOCKED",
    [0x33] = "CTAP2_ERR_PIN_AUTH_INVALID",
    [0x34] = "CTAP2_ERR_PIN_AUTH_BLOCKED",
    [0x35] = "CTAP2_ERR_PIN_NOT_SET",
    [0x36] = "CTAP2_ERR_PUAT_REQUIRED",
    [0x37] = "CTAP2_ERR_PIN_POLICY_VIOLATION",
    [0x38] = "CTAP2_ERR_PIN_TOKEN_EXPIRED",
    [0x39] = "CTAP2_ERR_REQUEST_TOO_LARGE",
    [0x3A] = "CTAP2_ERR_ACTION_TIMEOUT",
    [0x3B] = "CTAP2_ERR_UP_REQUIRED",
    [0x3C] = "CTAP2_ERR_UV_BLOCKED",
    [0x3D] = "CTAP2_ERR_INTEGRITY_FAILURE",
    [0x3E] = "CTAP2_ERR_INVALID_SUBCOMMAND",
    [0x3F] = "CTAP2_ERR_UV_INVALID",
    [0x40] = "CTAP2_ERR_UNAUTHORIZED_PERMISSION",
    [0x7F] = "CTAP1_ERR_OTHER",
    [0xDF] = "CTAP2_ERR_SPEC_LAST",
}

local ERRORS = {
    [0x01] = "ERR_INVALID_CMD", [0x02] = "ERR_INVALID_PAR", [0x03] = "ERR_INVALID_LEN",
    [0x04] = "ERR_INVALID_SEQ", [0x05] = "ERR_MSG_TIMEOUT", [0x06] = "ERR_CHANNEL_BUSY",
    [0x0A] = "ERR_LOCK_REQUIRED", [0x0B] = "ERR_INVALID_CHANNEL", [0x7F] = "ERR_OTHER",
}

local KEEPALIVES = { [1] = "STATUS_PROCESSING", [2] = "STATUS_UPNEEDED" }
local U2F = { [1] = "U2F_REGISTER", [2] = "U2F_AUTHENTICATE", [3] = "U2F_VERSION" }

local f = {
    cid = ProtoField.uint32("ctaphid.cid", "Channel", base.HEX),
    cmd = ProtoField.uint8("ctaphid.cmd", "Command", base.HEX, HID_COMMANDS),
    command = ProtoField.string("ctaphid.command", "Command name"),
    length = ProtoField.uint16("ctaphid.length", "Length"),
    sequence = ProtoField.uint8("ctaphid.sequence", "Packet"),
    data = ProtoField.bytes("ctaphid.data", "Data"),
    error = ProtoField.uint8("ctaphid.error", "Error", base.HEX, ERRORS),
    keepalive = ProtoField.uint8("ctaphid.keepalive", "Status", base.HEX, KEEPALIVES),
    nonce = ProtoField.bytes("ctaphid.nonce", "Nonce"),
    new_cid = ProtoField.uint32("ctaphid.new_cid", "New channel", base.HEX),
    method = ProtoField.string("ctap.method", "Method"),
    status = ProtoField.uint8("ctap.status", "Status", base.HEX, STATUSES),
    status_name = ProtoField.string("ctap.status_name", "Status name"),
    ins = ProtoField.uint8("u2f.ins", "Instruction", base.HEX, U2F),
    status_word = ProtoField.uint16("u2f.status_word", "Status word", base.HEX),
}
ctaphid.fields = f

local endpoint = Field.new("usb.endpoint_address.direction")
local device = Field.new("usb.device_address")

-- What was learned on the first pass: messages by the frame that completes them.
local complete = {}
-- Messages under way, and what was asked last, by device, direction and channel.
local under_way = {}
local asked = {}

function ctaphid.init()
    complete, under_way, asked = {}, {}, {}
end

-- Returns the integer that the map in `bytes` holds under a small key; only as much of CBOR as
-- stands in front of a subcommand.
local function small_member(bytes, key)
    if bytes:len() < 3 or bytes:get_index(0) < 0xA0 or bytes:get_index(0) > 0xB7 then return nil end
    local at = 1
    for _ = 1, bytes:get_index(0) - 0xA0 do
        if at + 1 >= bytes:len() then return nil end
        local found, value = bytes:get_index(at), bytes:get_index(at + 1)
        if found == key then
            if value < 24 then return value end
            if value == 24 and at + 2 < bytes:len() then return bytes:get_index(at + 2) end
            return nil
        end
        -- Members in front of a subcommand are small integers.
        if found > 23 or value > 23 then return nil end
        at = at + 2
    end
end

local function method_of(payload)
    local byte = payload:get_index(0)
    local name = COMMANDS[byte] or string.format("command 0x%02x", byte)
    local subs = SUB_COMMANDS[byte]
    if subs and payload:len() > 1 then
        local number = small_member(payload:subset(1, payload:len() - 1), subs.key)
        if number then name = name .. " " .. (subs[number] or string.format("subcommand 0x%02x", number)) end
    end
    return name
end

local function status_name(status)
    return STATUSES[status] or string.format("status 0x%02x", status)
end

-- First pass: puts reports together.
local function collect(buffer, pinfo, inwards)
    local cid = buffer(0, 4):uint()
    local place = tostring(device()) .. tostring(inwards) .. cid
    local other = tostring(device()) .. tostring(not inwards) .. cid
    local fifth = buffer(4, 1):uint()
    local message
    if fifth >= 0x80 then
        local length = buffer(5, 2):uint()
        local here = math.min(length, buffer:len() - 7)
        message = { cid = cid, cmd = fifth - 0x80, length = length, next = 0,
            bytes = here > 0 and buffer(7, here):bytes() or ByteArray.new() }
        under_way[place] = message
    else
        message = under_way[place]
        if not message or message.next ~= fifth then return end
        message.next = fifth + 1
        local here = math.min(message.length - message.bytes:len(), buffer:len() - 5)
        if here > 0 then message.bytes:append(buffer(5, here):bytes()) end
    end
    if message.bytes:len() < message.length then return end
    under_way[place] = nil
    if not inwards and message.length > 0 then
        if message.cmd == 0x10 then message.method = method_of(message.bytes) end
        asked[place] = message
    elseif inwards and asked[other] and asked[other].cmd == message.cmd then
        message.method = asked[other].method
    end
    complete[pinfo.number] = message
end

local function show(message, tree, pinfo, inwards)
    local name = HID_COMMANDS[message.cmd] or string.format("command 0x%02x", message.cmd)
    tree:add(f.command, name)
    local info = name
    local bytes = message.bytes
    local tvb = bytes:len() > 0 and bytes:tvb("CTAPHID message") or nil
    if not tvb then
        pinfo.cols.info = info
        return
    end
    if message.cmd == 0x10 then
        local rest = tvb:len() > 1 and tvb(1) or nil
        if message.method then tree:add(f.method, message.method) end
        if inwards then
            local status = tvb(0, 1):uint()
            tree:add(f.status, tvb(0, 1))
            tree:add(f.status_name, status_name(status))
            info = (message.method or name) .. ": " .. status_name(status)
        else
            info = message.method
        end
        if rest then
            tree:add(f.data, rest)
            pcall(function() Dissector.get("cbor"):call(rest:tvb(), pinfo, tree) end)
        end
    elseif message.cmd == 0x3B then
        tree:add(f.keepalive, tvb(0, 1))
        info = name .. " " .. (KEEPALIVES[tvb(0, 1):uint()] or "?")
    elseif message.cmd == 0x3F then
        tree:add(f.error, tvb(0, 1))
        info = name .. " " .. (ERRORS[tvb(0, 1):uint()] or "?")
    elseif message.cmd == 0x06 and tvb:len() >= 8 then
        tree:add(f.nonce, tvb(0, 8))
        if inwards and tvb:len() >= 12 then tree:add(f.new_cid, tvb(8, 4)) end
    elseif message.cmd == 0x03 and inwards and tvb:len() >= 2 then
        tree:add(f.status_word, tvb(tvb:len() - 2, 2))
        info = string.format("%s: 0x%04x", name, tvb(tvb:len() - 2, 2):uint())
    elseif message.cmd == 0x03 and not inwards and tvb:len() >= 4 then
        tree:add(f.ins, tvb(1, 1))
        info = U2F[tvb(1, 1):uint()] or name
    else
        tree:add(f.data, tvb())
    end
    pinfo.cols.info = info
end

function ctaphid.dissector(buffer, pinfo, root)
    if buffer:len() < 7 then return 0 end
    local inwards = endpoint() and endpoint().value == 1
    if not pinfo.visited then collect(buffer, pinfo, inwards) end
    pinfo.cols.protocol = "CTAPHID"
    local tree = root:add(ctaphid, buffer())
    tree:add(f.cid, buffer(0, 4))
    local fifth = buffer(4, 1):uint()
    if fifth >= 0x80 then
        tree:add(f.cmd, buffer(4, 1), fifth - 0x80)
        tree:add(f.length, buffer(5, 2))
        pinfo.cols.info = (HID_COMMANDS[fifth - 0x80] or "CTAPHID") .. ", first packet"
    else
        tree:add(f.sequence, buffer(4, 1))
        pinfo.cols.info = "CTAPHID packet " .. fifth
    end
    local message = complete[pinfo.number]
    if message then show(message, tree, pinfo, inwards) end
    return buffer:len()
end

-- 0xffff stands for devices whose descriptors are not in the capture, 0x03 for HID.
local interrupt = DissectorTable.get("usb.interrupt")
interrupt:add(0xffff, ctaphid)
interrupt:add(0x03, ctaphid)
