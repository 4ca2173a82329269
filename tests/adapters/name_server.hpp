// A name server on the loop that is tested, which says what a test wants said.
#ifndef BIGHT_TESTS_ADAPTERS_NAME_SERVER_HPP
#define BIGHT_TESTS_ADAPTERS_NAME_SERVER_HPP

#include "adapters/loop.hpp"

#include <bight/resolver.h>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace conformance
{

enum : uint16_t {
    TypeA = 1,
    TypeCname = 5,
    TypeSoa = 6,
    TypePtr = 12,
    TypeMx = 15,
    TypeTxt = 16,
    TypeAaaa = 28,
    TypeSrv = 33
};

// What was asked.
struct Question {
    std::string name; // in lower case, without the last dot
    uint16_t type = 0;
    std::string packet; // as it came
    bool tcp = false;
    std::string from; // the address of who asked, over UDP
};

// The parts of an answer.
std::string encodedName(const std::string &name);
std::string number(unsigned value); // two bytes
std::string record(const std::string &name, uint16_t type, const std::string &data,
                   unsigned ttl = 60);
std::string addressRecord(const std::string &name, const std::string &address, unsigned ttl = 60);
std::string answer(const Question &question, const std::vector<std::string> &records,
                   unsigned code = 0, bool truncated = false);

// That there is nothing, with the record that says for how long.
std::string negativeAnswer(const Question &question, unsigned code, unsigned ttl, unsigned minimum);

class NameServer
{
  public:
    // Everything that is sent for one question.
    using Handler = std::function<std::vector<std::string>(const Question &)>;

    NameServer(bight_reactor *reactor, Handler handler);
    ~NameServer();
    NameServer(const NameServer &) = delete;
    NameServer &operator=(const NameServer &) = delete;

    // Knows addresses for names, as "10.0.0.1" and "::1"; everything else does not exist.
    static Handler knowing(std::string name, std::vector<std::string> addresses);

    unsigned short port() const
    {
        return port_;
    }
    std::string servers() const
    {
        return "127.0.0.1:" + std::to_string(port_);
    }

    // A resolver that asks this server alone; the caller frees it.
    bight_resolver *resolver(bight_reactor *reactor, uint64_t timeout = BIGHT_SEC(3),
                             unsigned tries = 1) const;

    // Sends something to who asked a question, later than in the handler.
    void say(const Question &question, const std::string &packet);

    unsigned questions = 0;
    bool tcp = true; // answers over TCP too

  private:
    void onPacket();
    void onConnection();

    bight_reactor *reactor_;
    Handler handler_;
    int udp_, listener_;
    unsigned short port_;
    std::unique_ptr<Watch> udpWatch_, listenerWatch_;
    std::vector<std::pair<int, std::unique_ptr<Watch>>> connections_;
};

// What becomes of a lookup.
struct Lookup {
    Lookup(bight_resolver *resolver, const std::string &name,
           bight_family family = BIGHT_FAMILY_ANY);
    ~Lookup();
    Lookup(const Lookup &) = delete;
    Lookup &operator=(const Lookup &) = delete;

    bool done = false;
    bight_status status = BIGHT_OK;
    std::string message;
    std::vector<std::string> addresses;
    std::function<void()> then; // called when it is done
    bight_deferred *deferred;
};

} // namespace conformance

#endif
