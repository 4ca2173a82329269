// An IRC server and people who come, talk in a channel, and leave: with a goodbye, by breaking off,
// or because the server goes. What is said carries its own check.
#ifndef BIGHT_TESTS_SOAK_CHAT_HPP
#define BIGHT_TESTS_SOAK_CHAT_HPP

#include "adapters/loop.hpp"
#include "soak/world.hpp"

#include <bight/irc_client.h>
#include <bight/irc_server.h>
#include <memory>
#include <string>
#include <unordered_map>

namespace soak
{

class Person;

class Chat : public Actor
{
  public:
    explicit Chat(World &world);
    ~Chat() override;

    void stop() override;
    bool atRest() const override
    {
        return people_.empty();
    }
    const char *name() const override
    {
        return "chat";
    }

    // For the people.
    World &world()
    {
        return world_;
    }
    bight_irc_server *server()
    {
        return server_;
    }
    void gone(Person *person);

  private:
    void arrive();

    World &world_;
    bight_irc_server *server_ = nullptr;
    unsigned number_ = 0;
    std::unordered_map<Person *, std::unique_ptr<Person>> people_;
    conformance::Timer arrive_, close_;
};

} // namespace soak

#endif
