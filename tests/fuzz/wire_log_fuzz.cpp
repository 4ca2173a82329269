// What the wire log hides, against a search that is too simple to be wrong: the first byte says how
// the bytes are split, the second which secrets there are.
#include <bight/crank.h>
#include <bight/pair.h>
#include <bight/wire_log.h>

#include <cctype>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

namespace
{

const char *const words[] = {"PASS ", "aab", "abab", "Authorization:", "a", "\xff\xfe", "x\tx"};

void require(bool condition)
{
    if (!condition)
        std::abort();
}

// Behind the first secret in a line up to its end, a byte that must not be seen is a NUL.
std::string hide(const std::string &bytes, const std::vector<std::string> &secrets)
{
    std::string shown, line;
    bool hidden = false;

    for (char each : bytes) {
        bool ends = each == '\n' || each == '\r';
        shown += hidden && !ends ? '\0' : each;
        line = ends ? "" : line + static_cast<char>(each >= 'A' && each <= 'Z' ? each + 32 : each);
        hidden = hidden && !ends;
        for (const std::string &secret : secrets)
            hidden =
                hidden || (line.size() >= secret.size() &&
                           line.compare(line.size() - secret.size(), secret.size(), secret) == 0);
    }
    return shown;
}

// The bytes of a log in hex; a hidden one is a NUL.
std::string parse(const std::string &log)
{
    std::string bytes;
    std::size_t begin = 0, end;

    for (; (end = log.find('\n', begin)) != std::string::npos; begin = end + 1) {
        require(end - begin > 13);
        if (log[begin + 13] != '<')
            continue;
        for (std::size_t at = begin + 25; log[at] != ' '; at += 3) {
            bytes += log[at] == '*' ? '\0'
                                    : static_cast<char>(std::stoi(log.substr(at, 2), nullptr, 16));
        }
    }
    return bytes;
}

struct End {
    bight_protocol base; // first
    bight_transport *transport;
};

const bight_protocol_ops ops = {sizeof(bight_protocol_ops),
                                "fuzz",
                                [](bight_protocol *protocol, bight_transport *transport) {
                                    reinterpret_cast<End *>(protocol)->transport = transport;
                                },
                                [](bight_protocol *, const std::uint8_t *, std::size_t) {},
                                nullptr,
                                nullptr,
                                nullptr};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    if (size < 2 || size > 5000)
        return 0;
    bight_reactor *reactor = bight_crank_reactor_new();
    bight_wire_log_options options = BIGHT_WIRE_LOG_OPTIONS_INIT;
    bight_layer_factory *factory = nullptr;
    bight_transport *above = nullptr;
    End near = {{&ops}, nullptr}, below = near, far = near;
    std::vector<const char *> chosen;
    std::vector<std::string> secrets;
    std::string log, bytes(reinterpret_cast<const char *>(data) + 2, size - 2);

    for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if ((data[1] >> i & 1) == 0)
            continue;
        chosen.push_back(words[i]);
        secrets.emplace_back(words[i]);
        for (char &each : secrets.back())
            each = static_cast<char>(each >= 'A' && each <= 'Z' ? each + 32 : each);
    }
    chosen.push_back(nullptr);
    options.secrets = chosen.data();
    options.form = BIGHT_WIRE_LOG_HEX;
    options.data = &log;
    options.write = [](const char *line, std::size_t length, void *to) {
        static_cast<std::string *>(to)->append(line, length);
    };
    require(bight_wire_log_new_layer(&options, &factory) == BIGHT_OK);
    require(bight_pair_new(reactor, &below.base, &far.base) == BIGHT_OK);
    bight_crank_settle(reactor);
    bight_pair_set_chunk(below.transport, data[0]);
    require(bight_layer_factory_start(factory, below.transport, BIGHT_LAYER_SERVER, &near.base,
                                      &above) == BIGHT_OK);
    bight_transport_write(far.transport, bytes.data(), bytes.size());
    bight_crank_settle(reactor);
    require(parse(log) == hide(bytes, secrets));
    bight_layer_factory_unref(factory);
    bight_reactor_free(reactor);
    return 0;
}
