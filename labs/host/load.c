#define _GNU_SOURCE
#include "labs/host/load.h"

#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MOST (32u << 20)

#if defined __x86_64__
#    define MACHINE   EM_X86_64
#    define IRELATIVE R_X86_64_IRELATIVE
#else
#    define MACHINE   EM_AARCH64
#    define IRELATIVE R_AARCH64_IRELATIVE
#endif

// The file in memory. Nothing in it is believed before it has been looked at.
struct image {
    unsigned char *at;
    size_t size;
    Elf64_Phdr *segments;
    uint32_t segment_count;
    Elf64_Dyn *entries;
    size_t entry_count;
};

static bool refuse(struct lab_loaded *l, const char *why)
{
    snprintf(l->why, sizeof l->why, "%s", why);
    return false;
}

// n bytes at an offset of the file, or NULL.
static void *bytes(const struct image *f, uint64_t offset, uint64_t n)
{
    return offset <= f->size && n <= f->size - offset ? f->at + offset : NULL;
}

// The same at an address of the library.
static void *mapped(const struct image *f, uint64_t address, uint64_t n)
{
    for (uint32_t i = 0; i < f->segment_count; i++) {
        const Elf64_Phdr *s = &f->segments[i];
        if (s->p_type == PT_LOAD && address >= s->p_vaddr &&
            address - s->p_vaddr < s->p_filesz)
            return bytes(f, s->p_offset + (address - s->p_vaddr), n);
    }
    return NULL;
}

static bool read_file(const char *path, struct image *f, struct lab_loaded *l)
{
    struct stat s;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); // nobody may write to a pipe
    if (fd < 0 || fstat(fd, &s) != 0 || !S_ISREG(s.st_mode))
        return refuse(l, "the file cannot be read");
    if (s.st_size > FILE_MOST)
        return refuse(l, "the file has more than 32 MB");
    f->at = malloc((size_t)s.st_size + 1);
    while (f->at && f->size < (size_t)s.st_size) {
        ssize_t n = read(fd, f->at + f->size, (size_t)s.st_size - f->size);
        if (n <= 0)
            break;
        f->size += (size_t)n;
    }
    close(fd);
    return f->at ? true : refuse(l, "no memory");
}

static bool find_tables(struct image *f, struct lab_loaded *l)
{
    const Elf64_Ehdr *h = bytes(f, 0, sizeof *h);
    if (!h || memcmp(h->e_ident, ELFMAG, SELFMAG) != 0 ||
        h->e_ident[EI_CLASS] != ELFCLASS64 || h->e_type != ET_DYN ||
        h->e_machine != MACHINE || h->e_phentsize != sizeof(Elf64_Phdr))
        return refuse(l, "it is no shared library of this machine (cc -shared -fPIC)");
    f->segment_count = h->e_phnum;
    f->segments = bytes(f, h->e_phoff, (uint64_t)h->e_phnum * sizeof(Elf64_Phdr));
    for (uint32_t i = 0; f->segments && i < f->segment_count; i++) {
        const Elf64_Phdr *s = &f->segments[i];
        if (s->p_type != PT_DYNAMIC)
            continue;
        // The linker reads it where it is mapped, which may be elsewhere in the file.
        f->entries = bytes(f, s->p_offset, s->p_filesz);
        f->entry_count = s->p_filesz / sizeof(Elf64_Dyn);
        if (!f->entries || mapped(f, s->p_vaddr, s->p_filesz) != f->entries)
            return refuse(l, "its dynamic section is not where it says");
    }
    return f->entries ? true : refuse(l, "it has no dynamic section");
}

static uint64_t value_of(const struct image *f, int64_t tag)
{
    for (size_t i = 0; i < f->entry_count && f->entries[i].d_tag != DT_NULL; i++)
        if (f->entries[i].d_tag == tag)
            return f->entries[i].d_un.d_val;
    return 0;
}

static bool is_here(const char *library)
{
    static const char *const here[] = { "libc.so.6", "libm.so.6", "ld-linux-x86-64.so.2",
                                        "ld-linux-aarch64.so.1" };
    for (size_t i = 0; i < sizeof here / sizeof *here; i++)
        if (strcmp(here[i], library) == 0)
            return true;
    return false;
}

static bool check_needed(const struct image *f, struct lab_loaded *l)
{
    uint64_t size = value_of(f, DT_STRSZ);
    const char *names = mapped(f, value_of(f, DT_STRTAB), size);
    for (size_t i = 0; i < f->entry_count && f->entries[i].d_tag != DT_NULL; i++) {
        uint64_t at = f->entries[i].d_un.d_val;
        if (f->entries[i].d_tag != DT_NEEDED)
            continue;
        if (!names || at >= size || !memchr(names + at, '\0', size - at))
            return refuse(l, "its names are not where it says");
        if (is_here(names + at))
            continue;
        snprintf(l->why, sizeof l->why,
                 "it needs %.60s; the C library and libm are all there is", names + at);
        return false;
    }
    return true;
}

// Whether a relocation makes the linker call a function of the library.
static bool is_called(const struct image *f, const Elf64_Rela *r)
{
    uint64_t table = value_of(f, DT_SYMTAB), index = ELF64_R_SYM(r->r_info);
    const Elf64_Sym *symbol = mapped(f, table + index * sizeof *symbol, sizeof *symbol);
    return ELF64_R_TYPE(r->r_info) == IRELATIVE ||
           (index != 0 && (!symbol || ELF64_ST_TYPE(symbol->st_info) == STT_GNU_IFUNC));
}

static bool check_relocations(const struct image *f, struct lab_loaded *l, int64_t table,
                              int64_t table_size)
{
    uint64_t size = value_of(f, table_size);
    const Elf64_Rela *all = mapped(f, value_of(f, table), size);
    if (size > 0 && !all)
        return refuse(l, "its relocations are not where it says");
    for (uint64_t i = 0; i < size / sizeof *all; i++)
        if (is_called(f, &all[i]))
            return refuse(l, "it has functions that choose themselves while it is loaded "
                             "(ifunc)");
    return true;
}

// Takes an entry out, and says what it was.
static uint64_t take(struct image *f, int64_t tag)
{
    uint64_t value = value_of(f, tag);
    for (size_t i = 0; i < f->entry_count && f->entries[i].d_tag != DT_NULL; i++)
        if (f->entries[i].d_tag == tag)
            f->entries[i].d_tag = DT_DEBUG;
    return value;
}

static bool take_out(struct image *f, struct lab_loaded *l)
{
    static const int64_t loads[] = { DT_AUXILIARY, DT_FILTER, DT_AUDIT, DT_DEPAUDIT };
    for (size_t i = 0; i < sizeof loads / sizeof *loads; i++)
        if (value_of(f, loads[i]) != 0)
            return refuse(l, "it would load other libraries");
    if (value_of(f, DT_REL) != 0)
        return refuse(l, "it has relocations of another kind");
    l->init = take(f, DT_INIT);
    l->array = take(f, DT_INIT_ARRAY);
    l->array_size = take(f, DT_INIT_ARRAYSZ);
    take(f, DT_FINI);
    take(f, DT_FINI_ARRAY);
    take(f, DT_FINI_ARRAYSZ);
    take(f, DT_RPATH);
    take(f, DT_RUNPATH);
    return true;
}

static int copy_of(const struct image *f, struct lab_loaded *l)
{
    int fd = memfd_create("implementation", MFD_CLOEXEC);
    size_t done = 0;
    while (fd >= 0 && done < f->size) {
        ssize_t n = write(fd, f->at + done, f->size - done);
        if (n <= 0)
            break;
        done += (size_t)n;
    }
    if (fd < 0 || done < f->size)
        refuse(l, "no memory");
    return done == f->size ? fd : -1;
}

int lab_load_prepare(const char *path, struct lab_loaded *l)
{
    struct image f = { 0 };
    int copy = -1;
    *l = (struct lab_loaded){ 0 };
    if (read_file(path, &f, l) && find_tables(&f, l) && check_needed(&f, l) &&
        check_relocations(&f, l, DT_RELA, DT_RELASZ) &&
        check_relocations(&f, l, DT_JMPREL, DT_PLTRELSZ) && take_out(&f, l))
        copy = copy_of(&f, l);
    free(f.at);
    return copy;
}

bool lab_load_map(int copy, struct lab_loaded *l)
{
    char path[64];
    struct link_map *map = NULL;
    snprintf(path, sizeof path, "/proc/self/fd/%d", copy);
    l->handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    close(copy);
    if (!l->handle || dlinfo(l->handle, RTLD_DI_LINKMAP, &map) != 0) {
        const char *error = dlerror();
        const char *what = error ? strchr(error, ':') : NULL; // behind the copy's path
        return refuse(l, what ? what + 2 : "it cannot be loaded");
    }
    l->base = (char *)map->l_addr;
    return true;
}

void lab_load_begin(const struct lab_loaded *l)
{
    void (*begin)(int, char **, char **);
    char *none[] = { NULL };
    if (l->init != 0) {
        memcpy(&begin, &(char *){ l->base + l->init }, sizeof begin);
        begin(0, none, none);
    }
    for (size_t at = 0; at + sizeof begin <= l->array_size; at += sizeof begin) {
        memcpy(&begin, l->base + l->array + at, sizeof begin);
        if (begin)
            begin(0, none, none);
    }
}
