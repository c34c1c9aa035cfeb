import MeshCrypto
import Testing

@testable import IdentityRoles

@Suite("Session tokens")
struct SessionTokenTests {
  private static func checksum(_ text: String) -> UInt32 { CRC32.checksum(of: text) }

  private static func token(_ byte: UInt8) -> SessionToken {
    SessionToken(random: Array(repeating: byte, count: 20), checksum: checksum)
  }

  @Test("a token has the prefix and one length", arguments: [UInt8]([0, 1, 0x7F, 0xFF]))
  func form(_ byte: UInt8) {
    let token = Self.token(byte)
    #expect(token.text.hasPrefix("tny_"))
    #expect(token.text.utf8.count == 37)
    #expect(SessionToken(token.text, checksum: Self.checksum) == token)
  }

  @Test("the checksum finds every single wrong character")
  func typing() {
    let text = Array(Self.token(0x5A).text)
    for index in text.indices {
      var wrong = text
      wrong[index] = wrong[index] == "x" ? "y" : "x"
      #expect(SessionToken(String(wrong), checksum: Self.checksum) == nil)
    }
  }

  @Test(
    "what was never a token is none",
    arguments: ["", "tny_", "ghp_0000000000000000000000000000000000", "tny_" + "é"])
  func garbage(_ text: String) {
    #expect(SessionToken(text, checksum: Self.checksum) == nil)
  }

  @Test("base62 writes the number that the bytes are, padded to its length")
  func base62() {
    #expect(Base62.encode([0], length: 2) == "00")
    #expect(Base62.encode([61], length: 1) == "z")
    #expect(Base62.encode([62], length: 2) == "10")
    #expect(Base62.encode([0xFF, 0xFF, 0xFF, 0xFF], length: 6) == "4gfFC3")
    #expect(Set((0...255).map { Self.token($0).text }).count == 256)
  }
}

@Suite("The life of a session")
struct SessionLifeTests {
  private static let limits = SessionLimits(absolute: 1000, idle: 60)

  private static let moments: [(SessionLife, Micros, Bool)] = [
    (SessionLife(startedAt: 0, lastSeenAt: 0, endedAt: nil), 59, true),
    (SessionLife(startedAt: 0, lastSeenAt: 0, endedAt: nil), 60, false),
    (SessionLife(startedAt: 0, lastSeenAt: 30, endedAt: nil), 89, true),
    (SessionLife(startedAt: 0, lastSeenAt: 990, endedAt: nil), 999, true),
    (SessionLife(startedAt: 0, lastSeenAt: 990, endedAt: nil), 1000, false),
    (SessionLife(startedAt: 0, lastSeenAt: 30, endedAt: 40), 41, false),
  ]

  @Test("it ends unused, at its absolute limit, or when somebody ends it", arguments: moments)
  func live(_ life: SessionLife, _ now: Micros, _ isLive: Bool) {
    #expect(life.isLive(at: now, Self.limits) == isLive)
  }

  @Test("a busy session is touched now and then, not at every call")
  func touch() {
    let life = SessionLife(startedAt: 0, lastSeenAt: 100, endedAt: nil)
    let limits = SessionLimits(absolute: 100_000, idle: 600)
    #expect(!life.isDueToBeTouched(at: 109, limits))
    #expect(life.isDueToBeTouched(at: 110, limits))
  }
}
