#include "support/certificates.hpp"

#include <atomic>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509v3.h>
#include <stdexcept>
#include <utility>

namespace support
{

namespace
{

struct Free {
    void operator()(BIO *bio) const
    {
        BIO_free(bio);
    }
    void operator()(EVP_PKEY *key) const
    {
        EVP_PKEY_free(key);
    }
    void operator()(X509 *certificate) const
    {
        X509_free(certificate);
    }
    void operator()(X509_EXTENSION *extension) const
    {
        X509_EXTENSION_free(extension);
    }
};

using Key = std::unique_ptr<EVP_PKEY, Free>;
using Certificate = std::unique_ptr<X509, Free>;
using Text = std::unique_ptr<BIO, Free>;

void require(bool good)
{
    if (!good)
        throw std::runtime_error("OpenSSL makes no certificate");
}

std::string read(const Text &text)
{
    char *data = nullptr;
    long size = BIO_get_mem_data(text.get(), &data);

    return {data, static_cast<size_t>(size)};
}

std::string pem(X509 *certificate)
{
    Text text(BIO_new(BIO_s_mem()));

    require(PEM_write_bio_X509(text.get(), certificate) == 1);
    return read(text);
}

std::string pem(EVP_PKEY *key, const std::string &password)
{
    Text text(BIO_new(BIO_s_mem()));
    const EVP_CIPHER *cipher = password.empty() ? nullptr : EVP_aes_128_cbc();
    auto *bytes = reinterpret_cast<const unsigned char *>(password.data());

    require(PEM_write_bio_PrivateKey(text.get(), key, cipher, bytes,
                                     static_cast<int>(password.size()), nullptr, nullptr) == 1);
    return read(text);
}

void extend(X509 *certificate, X509 *issuer, int kind, const std::string &value)
{
    X509V3_CTX context;

    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    std::unique_ptr<X509_EXTENSION, Free> extension(
        X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()));
    require(extension && X509_add_ext(certificate, extension.get(), -1) == 1);
}

Certificate make(const Wanted &wanted, EVP_PKEY *key, X509 *issuer, EVP_PKEY *issuerKey,
                 bool authority)
{
    static std::atomic<long> serial{1};
    Certificate made(X509_new());
    auto *name = reinterpret_cast<const unsigned char *>(wanted.name.c_str());

    require(made != nullptr);
    X509_set_version(made.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(made.get()), serial++);
    X509_time_adj_ex(X509_getm_notBefore(made.get()), wanted.from, 0, nullptr);
    X509_time_adj_ex(X509_getm_notAfter(made.get()), wanted.to, 0, nullptr);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(made.get()), "CN", MBSTRING_UTF8, name, -1, -1,
                               0);
    X509 *signer = issuer != nullptr ? issuer : made.get();
    X509_set_issuer_name(made.get(), X509_get_subject_name(signer));
    X509_set_pubkey(made.get(), key);
    extend(made.get(), signer, NID_basic_constraints,
           authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
    if (!authority && wanted.alternatives != "-")
        extend(made.get(), signer, NID_subject_alt_name,
               wanted.alternatives.empty() ? "DNS:" + wanted.name : wanted.alternatives);
    require(X509_sign(made.get(), issuerKey != nullptr ? issuerKey : key, EVP_sha256()) > 0);
    return made;
}

} // namespace

namespace
{

Text textOf(const std::string &bytes)
{
    return Text(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
}

Certificate certificateOf(const std::string &pem)
{
    Certificate read(PEM_read_bio_X509(textOf(pem).get(), nullptr, nullptr, nullptr));

    require(read != nullptr);
    return read;
}

Key keyOf(const std::string &pem)
{
    Key read(PEM_read_bio_PrivateKey(textOf(pem).get(), nullptr, nullptr, nullptr));

    require(read != nullptr);
    return read;
}

} // namespace

std::string derOfCertificate(const std::string &pem)
{
    Text out(BIO_new(BIO_s_mem()));

    require(i2d_X509_bio(out.get(), certificateOf(pem).get()) == 1);
    return read(out);
}

std::string derOfKey(const std::string &pem, const std::string &password)
{
    Text out(BIO_new(BIO_s_mem()));
    Key key = keyOf(pem);
    std::string secret = password;

    if (password.empty())
        require(i2d_PrivateKey_bio(out.get(), key.get()) == 1);
    else
        require(i2d_PKCS8PrivateKey_bio(out.get(), key.get(), EVP_aes_128_cbc(), &secret[0],
                                        static_cast<int>(secret.size()), nullptr, nullptr) == 1);
    return read(out);
}

std::string bundleOf(const Identity &identity)
{
    Text out(BIO_new(BIO_s_mem()));
    std::unique_ptr<PKCS12, void (*)(PKCS12 *)> bundle(
        PKCS12_create("secret", "bight", keyOf(identity.key).get(),
                      certificateOf(identity.certificate).get(), nullptr, 0, 0, 0, 0, 0),
        PKCS12_free);

    require(bundle != nullptr && i2d_PKCS12_bio(out.get(), bundle.get()) == 1);
    return read(out);
}

struct Authority::Parts {
    Key key;
    Certificate certificate;
    std::string above; // the chain
};

Authority::Authority(const std::string &name) : parts_(new Parts)
{
    Wanted wanted;

    wanted.name = name;
    parts_->key.reset(EVP_EC_gen("P-256"));
    require(parts_->key != nullptr);
    parts_->certificate = make(wanted, parts_->key.get(), nullptr, nullptr, true);
}

Authority::Authority(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Authority::~Authority() = default;

std::string Authority::certificate() const
{
    return pem(parts_->certificate.get());
}

Identity Authority::issue(const Wanted &wanted) const
{
    Key key(EVP_EC_gen("P-256"));
    Certificate made = make(wanted, key.get(), parts_->certificate.get(), parts_->key.get(), false);

    return {pem(made.get()) + parts_->above, pem(key.get(), wanted.password)};
}

Identity Authority::issueWithoutChain(const Wanted &wanted) const
{
    Key key(EVP_EC_gen("P-256"));
    Certificate made = make(wanted, key.get(), parts_->certificate.get(), parts_->key.get(), false);

    return {pem(made.get()), pem(key.get(), wanted.password)};
}

Identity Authority::selfSigned(const Wanted &wanted)
{
    Key key(EVP_EC_gen("P-256"));
    Certificate made = make(wanted, key.get(), nullptr, nullptr, false);

    return {pem(made.get()), pem(key.get(), wanted.password)};
}

std::unique_ptr<Authority> Authority::issueAuthority(const std::string &name, int to) const
{
    std::unique_ptr<Parts> parts(new Parts);
    Wanted wanted;

    wanted.name = name;
    wanted.from = -40;
    wanted.to = to;
    parts->key.reset(EVP_EC_gen("P-256"));
    parts->certificate =
        make(wanted, parts->key.get(), parts_->certificate.get(), parts_->key.get(), true);
    parts->above = pem(parts->certificate.get()) + parts_->above;
    return std::unique_ptr<Authority>(new Authority(std::move(parts)));
}

const Authority &authority()
{
    static const Authority made;

    return made;
}

const Identity &serverIdentity()
{
    static const Identity made = authority().issue();

    return made;
}

const Identity &localIdentity()
{
    static const Identity made = [] {
        Wanted wanted;
        wanted.alternatives = "DNS:localhost,IP:127.0.0.1";
        return authority().issue(wanted);
    }();

    return made;
}

} // namespace support
