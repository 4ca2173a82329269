// Certificates that are made when a test runs, so that none is ever out of date.
#ifndef BIGHT_TESTS_SUPPORT_CERTIFICATES_HPP
#define BIGHT_TESTS_SUPPORT_CERTIFICATES_HPP

#include <memory>
#include <string>

namespace support
{

// In PEM.
struct Identity {
    std::string certificate, key;
};

// What a certificate says. Days are counted from now, and may be negative.
struct Wanted {
    std::string name = "server.test"; // the common name, and without `alternatives` the host
    std::string alternatives;         // "DNS:a.test,IP:127.0.0.1"; "" for the name; "-" for none
    int from = -1, to = 30;           // days
    std::string password;             // encrypts the key
};

// What PEM says, in DER: the first certificate, or the key, encrypted if there is a password.
std::string derOfCertificate(const std::string &pem);
std::string derOfKey(const std::string &pem, const std::string &password = "");

// A bundle of both (PKCS #12).
std::string bundleOf(const Identity &identity);

// An authority of the test's own.
class Authority
{
  public:
    explicit Authority(const std::string &name = "Test Authority");
    ~Authority();
    Authority(const Authority &) = delete;
    Authority &operator=(const Authority &) = delete;

    // Its own certificate in PEM, to be trusted.
    std::string certificate() const;

    Identity issue(const Wanted &wanted = {}) const;

    // Without the certificates above it, which a peer needs to see.
    Identity issueWithoutChain(const Wanted &wanted = {}) const;

    // One that no authority has signed.
    static Identity selfSigned(const Wanted &wanted = {});

    // An authority below this one; what it issues has its certificate behind in the chain.
    std::unique_ptr<Authority> issueAuthority(const std::string &name, int to = 30) const;

  private:
    struct Parts;
    explicit Authority(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

// Made once in a program, since keys take time: an authority, and what it has issued to server.test
// and to this machine.
const Authority &authority();
const Identity &serverIdentity();
const Identity &localIdentity(); // localhost and 127.0.0.1

} // namespace support

#endif
