#include "conversations.h"

#include "text.h"

#include <utility>

namespace chat
{

Conversations::Conversations(QObject *parent) : QAbstractListModel(parent)
{
    m_all.push_back(std::make_unique<Conversation>());
}

int Conversations::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_all.size());
}

QVariant Conversations::data(const QModelIndex &index, int role) const
{
    const Conversation *conversation = at(index.row());

    if (conversation == nullptr)
        return {};
    switch (role) {
    case Qt::DisplayRole:
        return titleOf(conversation);
    case Qt::AccessibleTextRole:
    case Qt::ToolTipRole:
        return describe(*conversation);
    case KindRole:
        return static_cast<int>(conversation->kind);
    case UnreadRole:
        return conversation->unread;
    case MentionedRole:
        return conversation->mentioned;
    case PresentRole:
        return conversation->present;
    default:
        return {};
    }
}

Conversation *Conversations::at(int row) const
{
    return row >= 0 && row < rowCount() ? m_all[static_cast<size_t>(row)].get() : nullptr;
}

int Conversations::rowOf(const Conversation *conversation) const
{
    for (int row = 0; row < rowCount(); ++row) {
        if (at(row) == conversation)
            return row;
    }
    return -1;
}

QString Conversations::titleOf(const Conversation *conversation) const
{
    if (conversation->kind != Conversation::Kind::Server)
        return shownName(conversation->name);
    return m_network.isEmpty() ? tr("Server") : m_network;
}

QString Conversations::describe(const Conversation &conversation) const
{
    QString text = titleOf(&conversation);

    if (conversation.unread > 0)
        text += tr(", %n unread", nullptr, conversation.unread);
    if (conversation.mentioned)
        text += conversation.kind == Conversation::Kind::Person ? tr(", for you")
                                                                : tr(", you were mentioned");
    if (conversation.kind == Conversation::Kind::Channel && !conversation.present)
        text += tr(", you are not there");
    return text;
}

int Conversations::unread() const
{
    int sum = 0;

    for (const auto &each : m_all)
        sum += each->unread;
    return sum;
}

// The server, then channels, then people; each by name.
int Conversations::placeFor(Conversation::Kind kind, const QString &name,
                            const Conversation *except) const
{
    int place = 0;

    for (const auto &each : m_all) {
        if (each.get() == except)
            continue;
        bool before = each->kind != kind
                          ? each->kind < kind
                          : QString::compare(each->name, name, Qt::CaseInsensitive) < 0;
        if (before)
            ++place;
    }
    return place;
}

Conversation *Conversations::add(Conversation::Kind kind, const QString &name)
{
    auto made = std::make_unique<Conversation>();
    Conversation *conversation = made.get();
    int row = placeFor(kind, name, nullptr);

    made->kind = kind;
    made->name = name;
    beginInsertRows({}, row, row);
    m_all.insert(m_all.begin() + row, std::move(made));
    endInsertRows();
    return conversation;
}

void Conversations::remove(Conversation *conversation)
{
    int row = rowOf(conversation);

    if (row <= 0)
        return;
    beginRemoveRows({}, row, row);
    m_all.erase(m_all.begin() + row);
    endRemoveRows();
}

void Conversations::rename(Conversation *conversation, const QString &name)
{
    int from = rowOf(conversation);
    int to = placeFor(conversation->kind, name, conversation);

    if (from != to) {
        beginMoveRows({}, from, from, {}, to > from ? to + 1 : to);
        auto moved = std::move(m_all[static_cast<size_t>(from)]);
        m_all.erase(m_all.begin() + from);
        m_all.insert(m_all.begin() + to, std::move(moved));
        endMoveRows();
    }
    conversation->name = name;
    touch(conversation);
}

void Conversations::clear()
{
    if (m_all.size() > 1) {
        beginRemoveRows({}, 1, rowCount() - 1);
        m_all.erase(m_all.begin() + 1, m_all.end());
        endRemoveRows();
    }
    *server() = Conversation();
    touch(server());
}

void Conversations::setNetwork(const QString &name)
{
    m_network = shownName(name);
    touch(server());
}

void Conversations::touch(const Conversation *conversation)
{
    QModelIndex where = index(rowOf(conversation));

    emit dataChanged(where, where);
}

} // namespace chat
