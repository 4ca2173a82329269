// Endpoints, and the proxies that may stand in front of them. What is wrong is at a column of the
// text; what is right keeps its meaning when it is written down and read again.
#include "support/toy_schemes.h"

extern "C" {
#include "net/endpoint.h"
}

#include <bight/crank.h>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace
{

void require(bool condition)
{
    if (!condition)
        std::abort();
}

bight_reactor *reactor()
{
    static bight_reactor *made = [] {
        bight_reactor *fresh = bight_crank_reactor_new();
        require(bight_toy_add_schemes(fresh) == BIGHT_OK);
        return fresh;
    }();
    return made;
}

// A column of the text, or right behind it.
void checkError(bight_error *error, const std::string &text, const std::string &proxy)
{
    const char *message = bight_error_get_message(error);
    const char *column = std::strstr(message, "column ");
    const std::string &source = std::strncmp(message, "in the proxy", 12) == 0 ? proxy : text;

    require(bight_error_get_status(error) == BIGHT_ERROR_INVALID);
    if (column != nullptr) {
        unsigned long number = std::strtoul(column + 7, nullptr, 10);
        require(number >= 1 && number <= source.size() + 1);
    }
    bight_error_unref(error);
}

void checkAddress(const bight_address &address)
{
    char text[BIGHTI_ENDPOINT_SIZE];
    bighti_route *route = nullptr;
    bighti_target again;

    bighti_endpoint_format(&address, text, sizeof(text));
    require(bighti_route_parse(reactor(), nullptr, text, true, &route) == nullptr);
    require(bighti_target_parse(bighti_route_end(route), true, &again) == nullptr);
    require(bight_address_equal(&address, &again.addresses[0]));
    std::free(route);
}

void checkTarget(const bight_endpoint *end, bool listening, const std::string &text)
{
    bighti_target target;
    bight_error *error = bighti_target_parse(end, listening, &target);

    if (error != nullptr) {
        checkError(error, text, "");
        return;
    }
    require((target.count == 0) == (target.name[0] != '\0'));
    for (unsigned i = 0; i < target.count; i++)
        checkAddress(target.addresses[i]);
}

void checkPart(const bight_endpoint *part, const std::string &text, const std::string &proxy)
{
    const char *place = bight_endpoint_get_place(part);
    size_t length = std::strlen(place);
    char host[BIGHT_HOST_SIZE];
    uint16_t port;
    bight_error *error = bight_endpoint_get_host(part, host, &port);

    for (size_t i = 0; i <= length; i += length / 3 + 1)
        checkError(bight_endpoint_new_error(part, place + i, "x"), text, proxy);
    for (unsigned i = 0; i < part->option_count; i++)
        checkError(bight_endpoint_new_error(part, part->options[i].value, "x"), text, proxy);
    if (error != nullptr)
        checkError(error, text, proxy);
}

// The name has everything but the options.
void checkName(const bighti_route *route)
{
    bighti_route *again = nullptr;
    bight_error *error = bighti_route_parse(reactor(), nullptr, route->name, false, &again);

    require(error == nullptr && again->count == route->count);
    for (unsigned i = 0; i < route->count; i++)
        require(std::strcmp(again->parts[i].text, route->parts[i].text) == 0);
    require(std::strcmp(again->name, route->name) == 0);
    std::free(again);
}

void checkVias(bighti_route *route)
{
    unsigned count = route->count;
    bighti_route *again = nullptr;
    const char *vias;

    if (count == 1)
        return;
    require(bighti_route_parse(reactor(), route->vias, "tcp:1", false, &again) == nullptr);
    require(again->count == count);
    for (unsigned i = 0; i + 1 < count; i++)
        require(std::strcmp(again->parts[i].place, route->parts[i].place) == 0);
    std::free(again);
    vias = bighti_route_cut_vias(route);
    require((vias == nullptr) == (count == 2));
    if (vias == nullptr)
        return;
    require(bighti_route_parse(reactor(), vias, "tcp:1", false, &again) == nullptr);
    require(again->count == count - 1);
    std::free(again);
}

void check(const std::string &text, const std::string *proxy, bool listening)
{
    bighti_route *route = nullptr;
    std::string none;
    bight_error *error = bighti_route_parse(reactor(), proxy != nullptr ? proxy->c_str() : nullptr,
                                            text.c_str(), listening, &route);

    require(bighti_endpoint_length(reactor(), text.c_str()) <= static_cast<int>(text.size()));
    if (error != nullptr) {
        checkError(error, text, proxy != nullptr ? *proxy : none);
        return;
    }
    for (unsigned i = 0; i < route->count; i++)
        checkPart(&route->parts[i], text, proxy != nullptr ? *proxy : none);
    if (bighti_scheme_is_own(bighti_route_end(route)->scheme))
        checkTarget(bighti_route_end(route), listening, text);
    if (!listening) {
        checkName(route);
        checkVias(route);
    }
    std::free(route);
}

} // namespace

// A text, or a proxy and a text with a NUL between them.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    std::string all(reinterpret_cast<const char *>(data), size);
    size_t end = all.find('\0');
    std::string text = all.substr(0, end);

    check(text, nullptr, true);
    check(text, nullptr, false);
    if (end == std::string::npos)
        return 0;
    std::string rest = all.substr(end + 1);
    rest = rest.substr(0, rest.find('\0'));
    check(rest, &text, false);
    return 0;
}
