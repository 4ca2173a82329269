/* Without GLib: Qt's own dispatcher serves everything of Qt's in each pass, and carries nothing
 * else. */
#include "concession.hpp"

namespace bighti
{

struct Concession::Loop {
};

Concession::Concession(QSocketNotifier &) {}

Concession::~Concession() = default;

bool Concession::takes()
{
    return false;
}

void Concession::dispatched(bight_turn) {}

void Concession::end() {}

} // namespace bighti
