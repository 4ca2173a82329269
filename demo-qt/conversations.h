// The conversations of a window, in the order of the list at its left.
#ifndef BIGHT_DEMO_QT_CONVERSATIONS_H
#define BIGHT_DEMO_QT_CONVERSATIONS_H

#include "conversation.h"

#include <QtCore/QAbstractListModel>
#include <memory>
#include <vector>

namespace chat
{

// Qt::DisplayRole is the displayed name; Qt::AccessibleTextRole also includes unread messages.
class Conversations : public QAbstractListModel
{
    Q_OBJECT

  public:
    enum Role { KindRole = Qt::UserRole, UnreadRole, MentionedRole, PresentRole };

    explicit Conversations(QObject *parent = nullptr);

    int rowCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;

    // The first one, which is always there.
    Conversation *server() const
    {
        return m_all.front().get();
    }

    Conversation *at(int row) const; // null outside
    int rowOf(const Conversation *conversation) const;
    QString titleOf(const Conversation *conversation) const;

    // The total of unread messages.
    int unread() const;

    Conversation *add(Conversation::Kind kind, const QString &name);
    void remove(Conversation *conversation);
    void rename(Conversation *conversation, const QString &name);

    // Remove all conversations but the server's, which is emptied.
    void clear();

    void setNetwork(const QString &name);

    // Data of a conversation has changed that the list shows.
    void touch(const Conversation *conversation);

  private:
    int placeFor(Conversation::Kind kind, const QString &name, const Conversation *except) const;
    QString describe(const Conversation &conversation) const;

    std::vector<std::unique_ptr<Conversation>> m_all;
    QString m_network;
};

} // namespace chat

#endif
