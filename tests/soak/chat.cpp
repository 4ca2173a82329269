#include "soak/chat.hpp"

#include <bight/pair.h>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

namespace soak
{

namespace
{

constexpr size_t most_people = 30;
const char *const channel = "#soak";

enum class Leaving { Quit, Abort, Free, Stay };

std::string checked(uint64_t number)
{
    char text[64];

    std::snprintf(text, sizeof(text), "%llx %llx", static_cast<unsigned long long>(number),
                  static_cast<unsigned long long>(mix(number)));
    return text;
}

} // namespace

class Person
{
  public:
    Person(Chat &chat, unsigned number);
    ~Person();
    Person(const Person &) = delete;
    Person &operator=(const Person &) = delete;

    void connect(const char *endpoint);
    void leave();

  private:
    friend struct PersonEvents;

    void stateChanged(bight_irc_state state, const bight_error *reason);
    void talk();

    Chat &chat_;
    Leaving leaving_;
    bool wasReady_ = false;
    uint64_t begun_;
    uint64_t left_; // things to say
    bight_irc_client *client_ = nullptr;
    conformance::Timer talk_;
};

struct PersonEvents {
    static void stateChanged(bight_irc_client *client, bight_irc_state state,
                             const bight_error *reason, void *data)
    {
        (void)client;
        static_cast<Person *>(data)->stateChanged(state, reason);
    }

    static void joined(bight_irc_client *client, bight_irc_channel *where, void *data)
    {
        (void)client;
        (void)where;
        static_cast<Person *>(data)->talk_.start(0);
    }

    static void said(bight_irc_client *client, const bight_irc_words *words, void *data)
    {
        World &world = static_cast<Person *>(data)->chat_.world();

        (void)client;
        if (std::strcmp(words->conversation, channel) != 0)
            return; // the server's
        world.account.words++;
        if (checked(std::strtoull(words->text, nullptr, 16)) != words->text)
            world.wrong("said: \"%s\"", words->text);
    }

    static bight_irc_client_events make()
    {
        bight_irc_client_events events = {};
        events.size = sizeof(events);
        events.state_changed = stateChanged;
        events.said = said;
        events.channel_joined = joined;
        return events;
    }
};

namespace
{

const bight_irc_client_events person_events = PersonEvents::make();

Leaving drawLeaving(Random &random)
{
    uint64_t drawn = random.below(10);

    if (drawn < 5)
        return Leaving::Quit;
    return drawn < 7 ? Leaving::Abort : drawn < 9 ? Leaving::Free : Leaving::Stay;
}

} // namespace

Person::Person(Chat &chat, unsigned number)
    : chat_(chat), leaving_(drawLeaving(chat.world().random)), begun_(chat.world().now()),
      left_(chat.world().random.size(20)), talk_(chat.world().reactor, [this] { talk(); })
{
    bight_irc_client_options options = BIGHT_IRC_CLIENT_OPTIONS_INIT;
    std::string nick = "p" + std::to_string(number);

    options.nick = nick.c_str();
    options.join = channel;
    options.send_interval = 0;
    if (bight_irc_client_new(chat.world().reactor, &options, &person_events, this, &client_) !=
        BIGHT_OK)
        throw std::runtime_error("no client");
}

Person::~Person()
{
    bight_irc_client_free(client_);
}

void Person::connect(const char *endpoint)
{
    bight_protocol *served =
        chat_.world().random.chance(30) ? bight_irc_server_serve(chat_.server()) : nullptr;
    bight_status status =
        served != nullptr
            ? bight_pair_new(chat_.world().reactor, bight_irc_client_get_protocol(client_), served)
            : bight_irc_client_connect(client_, endpoint);

    if (status != BIGHT_OK)
        chat_.world().wrong("a client cannot connect: %s", bight_status_text(status));
}

void Person::stateChanged(bight_irc_state state, const bight_error *reason)
{
    World &world = chat_.world();

    if (state == BIGHT_IRC_READY) {
        wasReady_ = true;
        world.account.connections++;
    }
    if (state != BIGHT_IRC_OFFLINE)
        return;
    if (reason != nullptr && !wasReady_ && !world.stopping && !world.starvedSince(begun_))
        world.wrong("a chat ended before it began: %s", describe(reason));
    chat_.gone(this);
}

void Person::talk()
{
    World &world = chat_.world();

    if (bight_irc_client_get_state(client_) != BIGHT_IRC_READY)
        return;
    if (left_-- == 0) {
        leave();
        return;
    }
    if (bight_irc_client_say(client_, channel, checked(world.random.next()).c_str()) != BIGHT_OK)
        world.wrong("nothing can be said");
    talk_.start(BIGHT_MSEC(world.random.size(200)));
}

void Person::leave()
{
    switch (leaving_) {
    case Leaving::Quit:
        bight_irc_client_quit(client_, "enough");
        break;
    case Leaving::Abort:
        bight_transport_abort(bight_irc_client_get_transport(client_));
        break;
    case Leaving::Free:
        chat_.gone(this);
        break;
    case Leaving::Stay: // until the server goes
        break;
    }
}

Chat::Chat(World &world)
    : world_(world), arrive_(world.reactor, [this] { arrive(); }), close_(world.reactor, [this] {
          bight_irc_server_free(server_);
          server_ = nullptr;
      })
{
    bight_irc_server_options options = BIGHT_IRC_SERVER_OPTIONS_INIT;
    bight_error *error = nullptr;

    options.line_interval = 0;
    options.max_per_address = 0;
    if (bight_irc_server_new(world.reactor, &options, &server_) != BIGHT_OK ||
        bight_irc_server_listen(server_, "tcp:127.0.0.1:0", &error) != BIGHT_OK)
        throw std::runtime_error("no chat server");
    arrive_.repeat(BIGHT_MSEC(200));
}

Chat::~Chat()
{
    bight_irc_server_free(server_);
}

void Chat::arrive()
{
    if (people_.size() >= most_people)
        return;
    auto owned = std::make_unique<Person>(*this, ++number_);
    Person *person = owned.get();

    people_[person] = std::move(owned);
    person->connect(bight_irc_server_get_endpoint(server_, 0));
}

void Chat::gone(Person *person)
{
    people_.erase(person);
}

// A moment for those who are about to leave; then the server goes, and everybody else with it.
void Chat::stop()
{
    arrive_.stop();
    close_.start(BIGHT_MSEC(200));
}

} // namespace soak
