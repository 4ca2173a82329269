// The members of the visible channel.
#ifndef BIGHT_DEMO_QT_MEMBER_LIST_H
#define BIGHT_DEMO_QT_MEMBER_LIST_H

#include "client.h"

#include <QtCore/QAbstractListModel>
#include <QtWidgets/QListView>
#include <vector>

namespace chat
{

// A copy of the session's list, because that changes before a model could announce the change.
class Members : public QAbstractListModel
{
    Q_OBJECT

  public:
    enum Role { NickRole = Qt::UserRole, PrefixRole, AwayRole, SelfRole };

    explicit Members(Client &client, QObject *parent = nullptr);

    int rowCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;

    // Show the members of a channel; null for none.
    void show(const bight_irc_channel *channel);

  signals:
    void counted(int members);

  private:
    struct Member {
        QString nick, prefix, address;
        bool away = false;
    };
    static Member copyOf(const bight_irc_member *member);
    static QString describe(const Member &member);
    void reset();
    void change(const bight_irc_member_change &change);
    void remove(size_t row);
    void insert(size_t row, const bight_irc_member *member);

    Client &m_client;
    const bight_irc_channel *m_channel = nullptr;
    std::vector<Member> m_all;
};

class MemberList : public QListView
{
    Q_OBJECT

  public:
    explicit MemberList(Members &members, QWidget *parent = nullptr);

  signals:
    void chosen(const QString &nick);   // open a conversation
    void askedFor(const QString &nick); // request a WHOIS

  protected:
    void contextMenuEvent(QContextMenuEvent *event) override;
};

} // namespace chat

#endif
