#ifndef CCHILD_H
#define CCHILD_H
#endif
