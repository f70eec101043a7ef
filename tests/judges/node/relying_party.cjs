// @simplewebauthn/server as a relying party: a case a line on stdin, a verdict a line on stdout.

const readline = require("node:readline");
const {
  SettingsService,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} = require("@simplewebauthn/server");

const FORMATS = ["packed", "fido-u2f", "tpm", "android-key", "apple"];
const bytes = (text) => new Uint8Array(Buffer.from(text, "base64url"));

async function judge(request) {
  const common = {
    response: request.response,
    expectedChallenge: request.challenge,
    expectedOrigin: request.origin,
    expectedRPID: request.rp_id,
    requireUserVerification: request.user_verification,
  };
  if (request.kind === "registration") {
    for (const identifier of FORMATS) {
      SettingsService.setRootCertificates({ identifier, certificates: request.roots.map(bytes) });
    }
    const algorithms = request.algorithms;
    return verifyRegistrationResponse({ ...common, supportedAlgorithmIDs: algorithms });
  }
  const { id, public_key: publicKey, sign_count: counter } = request.credential;
  if (request.response.id !== id) {
    // Looking the credential up by its ID is left to the caller.
    return { verified: false };
  }
  const credential = { id, publicKey: bytes(publicKey), counter };
  return verifyAuthenticationResponse({ ...common, credential });
}

async function main() {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    let verdict;
    try {
      const { verified } = await judge(JSON.parse(line));
      verdict = { verified };
    } catch (error) {
      verdict = { verified: false, reason: String(error) };
    }
    process.stdout.write(`${JSON.stringify(verdict)}\n`);
  }
}

main();
