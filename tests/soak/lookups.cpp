#include "soak/lookups.hpp"

#include <bight/later.h>
#include <bight/value.h>
#include <memory>
#include <stdexcept>
#include <string>

namespace soak
{

namespace
{

constexpr uint64_t beat_interval = BIGHT_MSEC(20);

// "h7.test" is 10.0.0.7; everything else does not exist.
std::vector<std::string> say(const conformance::Question &question)
{
    std::vector<std::string> records;

    if (question.name[0] != 'h')
        return {conformance::answer(question, {}, 3)};
    if (question.type == conformance::TypeA)
        records.push_back(conformance::addressRecord(
            question.name, "10.0.0." + question.name.substr(1, question.name.find('.') - 1)));
    return {conformance::answer(question, records)};
}

} // namespace

struct Lookups::Question {
    Lookups *lookups;
    uint64_t begun;
    std::string wanted; // an address; empty: there is no such name
    bool limited;
};

Lookups::Lookups(World &world)
    : world_(world), server_(world.reactor, say),
      resolver_(server_.resolver(world.reactor, BIGHT_SEC(2), 3)),
      beat_(world.reactor, [this] { beat(); })
{
    if (resolver_ == nullptr)
        throw std::runtime_error("no resolver");
    beat_.repeat(beat_interval);
}

Lookups::~Lookups()
{
    bight_resolver_free(resolver_);
}

bight_result Lookups::end(bight_result in, void *data)
{
    std::unique_ptr<Question> question(static_cast<Question *>(data));
    World &world = question->lookups->world_;
    bight_status status = in.error != nullptr ? bight_error_get_status(in.error) : BIGHT_OK;
    bool expected = (status == BIGHT_OK && !question->wanted.empty()) ||
                    (status == BIGHT_ERROR_NOT_FOUND && question->wanted.empty()) ||
                    (status == BIGHT_ERROR_TIMED_OUT && question->limited);

    world.account.lookups++;
    question->lookups->pending_--;
    if (!expected && !world.starvedSince(question->begun)) {
        world.wrong("a lookup ended as it must not: %s", describe(in.error));
    } else if (status == BIGHT_OK) {
        auto *found = BIGHT_VALUE(bight_addresses, in, bight_addresses_free);
        if (bight_addresses_get_count(found) != 1 ||
            bight_addresses_get_text(found, 0) != question->wanted)
            world.wrong("a name has another address than it should");
    }
    bight_result_free(in);
    return bight_result_value(nullptr);
}

void Lookups::beat()
{
    Random &random = world_.random;
    uint64_t number = random.between(1, 250);
    std::string name = "localhost", wanted = "127.0.0.1";

    if (random.chance(75)) {
        name = "h" + std::to_string(number) + ".test";
        wanted = "10.0.0." + std::to_string(number);
    } else if (random.chance(50)) {
        name = "no" + std::to_string(number) + ".test";
        wanted.clear();
    }
    auto question =
        std::make_unique<Question>(Question{this, world_.now(), wanted, random.chance(20)});
    bight_deferred *deferred = bight_resolve(resolver_, name.c_str(), BIGHT_FAMILY_IPV4);

    if (question->limited)
        bight_timeout(deferred, world_.reactor, BIGHT_USEC(random.size(2000)));
    pending_++;
    bight_deferred_listen(deferred, end, question.release());
    bight_deferred_free(deferred);
}

void Lookups::stop()
{
    beat_.stop();
}

} // namespace soak
