#include "adapters/name_server.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <bight/value.h>
#include <cctype>
#include <netinet/in.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

namespace conformance
{

namespace
{

constexpr size_t HeaderSize = 12;

// The name and type of the only question; an empty name for what cannot be read.
Question parse(std::string packet, bool tcp)
{
    Question question{"", 0, std::move(packet), tcp, ""};
    const std::string &bytes = question.packet;
    size_t at = HeaderSize;

    while (at < bytes.size() && bytes[at] != 0) {
        size_t length = static_cast<unsigned char>(bytes[at]);
        if (!question.name.empty())
            question.name += '.';
        question.name += bytes.substr(at + 1, length);
        at += length + 1;
    }
    if (at + 3 < bytes.size())
        question.type = static_cast<uint16_t>(static_cast<unsigned char>(bytes[at + 2]));
    std::transform(question.name.begin(), question.name.end(), question.name.begin(),
                   [](unsigned char c) { return std::tolower(c); });
    return question;
}

int bound(int type, unsigned short port)
{
    sockaddr_in address{};
    int fd = socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    if (bind(fd, reinterpret_cast<sockaddr *>(&address), sizeof(address)) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

unsigned short portOf(int fd)
{
    sockaddr_in address{};
    socklen_t size = sizeof(address);

    getsockname(fd, reinterpret_cast<sockaddr *>(&address), &size);
    return ntohs(address.sin_port);
}

} // namespace

std::string number(unsigned value)
{
    return {static_cast<char>(value >> 8), static_cast<char>(value)};
}

std::string encodedName(const std::string &name)
{
    std::string encoded;
    size_t from = 0;

    while (from < name.size()) {
        size_t dot = std::min(name.find('.', from), name.size());
        encoded += static_cast<char>(dot - from);
        encoded += name.substr(from, dot - from);
        from = dot + 1;
    }
    return encoded + '\0';
}

std::string record(const std::string &name, uint16_t type, const std::string &data, unsigned ttl)
{
    return encodedName(name) + number(type) + number(1) + number(ttl >> 16) + number(ttl) +
           number(static_cast<unsigned>(data.size())) + data;
}

std::string addressRecord(const std::string &name, const std::string &address, unsigned ttl)
{
    bool v6 = address.find(':') != std::string::npos;
    std::string data(v6 ? 16 : 4, '\0');

    inet_pton(v6 ? AF_INET6 : AF_INET, address.c_str(), data.data());
    return record(name, v6 ? TypeAaaa : TypeA, data, ttl);
}

std::string negativeAnswer(const Question &question, unsigned code, unsigned ttl, unsigned minimum)
{
    std::string numbers = number(0) + number(1) + number(0) + number(2) + number(0) + number(3) +
                          number(0) + number(4) + number(minimum >> 16) + number(minimum);
    std::string packet = answer(question, {}, code);

    packet.replace(8, 2, number(1));
    return packet +
           record("test", TypeSoa, encodedName("ns.test") + encodedName("me.test") + numbers, ttl);
}

std::string answer(const Question &question, const std::vector<std::string> &records, unsigned code,
                   bool truncated)
{
    std::string packet = question.packet;

    packet[2] = static_cast<char>(0x81 | (truncated ? 2 : 0));
    packet[3] = static_cast<char>(0x80 | code);
    packet.replace(6, 6, number(static_cast<unsigned>(records.size())) + number(0) + number(0));
    packet.resize(HeaderSize + encodedName(question.name).size() + 4);
    for (const std::string &one : records)
        packet += one;
    return packet;
}

NameServer::NameServer(bight_reactor *reactor, Handler handler)
    : reactor_(reactor), handler_(std::move(handler))
{
    // The same port for both; another one when that is taken by somebody else.
    for (int attempt = 0; attempt < 20; attempt++) {
        udp_ = bound(SOCK_DGRAM, 0);
        port_ = portOf(udp_);
        listener_ = bound(SOCK_STREAM, port_);
        if (listener_ >= 0)
            break;
        close(udp_);
    }
    if (listener_ < 0 || listen(listener_, 8) != 0)
        throw std::runtime_error("no port for a name server");
    udpWatch_ =
        std::make_unique<Watch>(reactor, udp_, BIGHT_WATCH_READ, [this](unsigned) { onPacket(); });
    listenerWatch_ = std::make_unique<Watch>(reactor, listener_, BIGHT_WATCH_READ,
                                             [this](unsigned) { onConnection(); });
}

NameServer::~NameServer()
{
    udpWatch_.reset();
    listenerWatch_.reset();
    close(udp_);
    close(listener_);
    for (auto &[fd, watch] : connections_) {
        watch.reset();
        close(fd);
    }
}

void NameServer::onPacket()
{
    char bytes[2048];
    sockaddr_in from{};
    socklen_t size = sizeof(from);
    auto *address = reinterpret_cast<sockaddr *>(&from);
    ssize_t count = recvfrom(udp_, bytes, sizeof(bytes), 0, address, &size);

    if (count < static_cast<ssize_t>(HeaderSize))
        return;
    questions++;
    Question question = parse(std::string(bytes, static_cast<size_t>(count)), false);
    question.from.assign(reinterpret_cast<char *>(&from), size);
    for (const std::string &packet : handler_(question))
        sendto(udp_, packet.data(), packet.size(), 0, address, size);
}

void NameServer::say(const Question &question, const std::string &packet)
{
    sendto(udp_, packet.data(), packet.size(), 0,
           reinterpret_cast<const sockaddr *>(question.from.data()),
           static_cast<socklen_t>(question.from.size()));
}

// The question comes in one piece here: c-ares writes it so, and the loop is this machine's.
void NameServer::onConnection()
{
    int fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (fd < 0)
        return;
    if (!tcp) {
        close(fd);
        return;
    }
    auto onReady = [this, fd](unsigned) {
        char bytes[2048];
        ssize_t count = read(fd, bytes, sizeof(bytes));
        if (count <= 0) {
            auto one = std::find_if(connections_.begin(), connections_.end(),
                                    [&](auto &entry) { return entry.first == fd; });
            one->second->set(0);
            return;
        }
        for (size_t at = 0; at + 2 < static_cast<size_t>(count);) {
            size_t length = static_cast<size_t>(static_cast<unsigned char>(bytes[at]) << 8 |
                                                static_cast<unsigned char>(bytes[at + 1]));
            questions++;
            Question question = parse(std::string(bytes + at + 2, length), true);
            for (const std::string &packet : handler_(question)) {
                std::string framed = number(static_cast<unsigned>(packet.size())) + packet;
                if (write(fd, framed.data(), framed.size()) < 0)
                    return;
            }
            at += length + 2;
        }
    };
    connections_.emplace_back(fd, std::make_unique<Watch>(reactor_, fd, BIGHT_WATCH_READ, onReady));
}

NameServer::Handler NameServer::knowing(std::string name, std::vector<std::string> addresses)
{
    return [name, addresses](const Question &question) -> std::vector<std::string> {
        std::vector<std::string> records;
        if (question.name != name)
            return {answer(question, {}, 3)};
        for (const std::string &address : addresses) {
            bool v6 = address.find(':') != std::string::npos;
            if (question.type == (v6 ? TypeAaaa : TypeA))
                records.push_back(addressRecord(name, address));
        }
        return {answer(question, records)};
    };
}

bight_resolver *NameServer::resolver(bight_reactor *reactor, uint64_t timeout, unsigned tries) const
{
    bight_resolver_options options = BIGHT_RESOLVER_OPTIONS_INIT;
    std::string where = servers();
    bight_resolver *made = nullptr;

    options.servers = where.c_str();
    options.timeout = timeout;
    options.tries = tries;
    return bight_resolver_new(reactor, &options, &made) == BIGHT_OK ? made : nullptr;
}

namespace
{

bight_result finish(bight_result in, void *data)
{
    auto &lookup = *static_cast<Lookup *>(data);
    lookup.done = true;
    if (in.error != nullptr) {
        lookup.status = bight_error_get_status(in.error);
        lookup.message = bight_error_get_message(in.error);
    } else {
        auto *found = BIGHT_VALUE(bight_addresses, in, bight_addresses_free);
        for (size_t i = 0; i < bight_addresses_get_count(found); i++)
            lookup.addresses.emplace_back(bight_addresses_get_text(found, i));
    }
    bight_result_free(in);
    if (lookup.then)
        lookup.then();
    return bight_result_value(nullptr);
}

} // namespace

Lookup::Lookup(bight_resolver *resolver, const std::string &name, bight_family family)
    : deferred(bight_resolve(resolver, name.c_str(), family))
{
    bight_deferred_both(deferred, finish, this);
}

// The step must not run any more.
Lookup::~Lookup()
{
    then = nullptr;
    bight_deferred_cancel(deferred);
    bight_deferred_free(deferred);
}

} // namespace conformance
