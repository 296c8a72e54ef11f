import Testing

@testable import Outbound

/// Section 4 of the attacks (`docs/security.md`): which addresses are of the public Internet.
@Suite struct PublicAddressTests {
    @Test(
        "F1 F2: nothing of a private, local, shared, reserved, documentation, benchmark or multicast network is public, at either end of it",
        arguments: [
            "0.0.0.0", "0.255.255.255", "10.0.0.0", "10.255.255.255", "100.64.0.0", "100.127.255.255", "127.0.0.1", "127.255.255.255",
            "169.254.0.0",
            "169.254.169.254", "172.16.0.0", "172.31.255.255", "192.0.0.1", "192.0.0.255", "192.0.2.0", "192.0.2.255", "192.31.196.1",
            "192.52.193.1",
            "192.88.99.1", "192.168.0.0", "192.168.255.255", "192.175.48.1", "198.18.0.0", "198.19.255.255", "198.51.100.7",
            "203.0.113.255", "224.0.0.1",
            "239.255.255.255", "240.0.0.1", "255.255.255.255",
        ]
    )
    func special4(address: String) throws {
        #expect(try #require(IPAddress(address)).isPublic == false)
    }

    @Test(
        "F1 F2: nor is anything of IPv6 that is local, reserved, or another way to write an IPv4 address",
        arguments: [
            "::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:8.8.8.8", "::ffff:0:127.0.0.1", "::8.8.8.8",
            "64:ff9b::7f00:1",
            "64:ff9b::8.8.8.8", "64:ff9b:1::a00:1", "100::1", "100:0:0:1::1", "2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2",
            "2001:2::1", "2001:10::1",
            "2001:20::1", "2001:1ff:ffff::1", "2001:db8::1", "2002:7f00:1::", "2002:808:808::1", "2620:4f:8000::1", "3fff::1",
            "3fff:fff::1", "5f00::1",
            "4000::1", "fc00::1", "fd12:3456::1", "fe80::1", "febf::1", "fec0::1", "ff02::1", "ffff::1",
        ]
    )
    func special6(address: String) throws {
        #expect(try #require(IPAddress(address)).isPublic == false)
    }

    @Test(
        "What is just outside of those networks is public",
        arguments: [
            "1.0.0.0", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0",
            "169.253.255.255",
            "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.0.1.0", "192.0.3.0", "192.167.255.255", "192.169.0.0", "198.17.255.255",
            "198.20.0.0",
            "198.51.99.255", "203.0.112.255", "223.255.255.255", "2000::1", "2001:200::1", "2001:4860:4860::8888", "2003::1",
            "2606:4700::1111",
            "3ffe::1", "3fff:1000::1",
        ]
    )
    func common(address: String) throws {
        #expect(try #require(IPAddress(address)).isPublic)
    }

    @Test(
        "Only the usual spelling of an address is one",
        arguments: [
            "127.1", "0177.0.0.1", "0x7f.0.0.1", "2130706433", "127.0.0.1.", " 127.0.0.1", "127.0.0.256", "::1%lo", "[::1]", "",
            "1.2.3.4\0",
        ]
    )
    func spelling(text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test("An address is written as it is read")
    func description() throws {
        for text in ["127.0.0.1", "::1", "2001:db8::1", "203.0.113.9"] { #expect(try #require(IPAddress(text)).description == text) }
    }
}
