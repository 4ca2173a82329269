# Programs of 32 bits, from the machine's own compiler and Debian's packages for i386, which
# `./run test i386` unpacks in build/i386-root. They run with the loader and libraries from there.

set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR i686)

get_filename_component(root "${CMAKE_CURRENT_LIST_DIR}/../build/i386-root" ABSOLUTE)
set(libraries ${root}/usr/lib/i386-linux-gnu)
set(CMAKE_SYSROOT ${root})
set(CMAKE_C_COMPILER gcc)
set(CMAKE_CXX_COMPILER g++)
set(flags "-m32 -B${root}/usr/lib/gcc/i686-linux-gnu/12 -B${libraries}")
set(CMAKE_C_FLAGS_INIT "${flags}")
set(CMAKE_CXX_FLAGS_INIT "${flags} -isystem ${root}/usr/include/c++/12 \
-isystem ${root}/usr/include/i386-linux-gnu/c++/12")
set(CMAKE_EXE_LINKER_FLAGS_INIT "-L${root}/usr/lib/gcc/i686-linux-gnu/12 -L${libraries} \
-Wl,--dynamic-linker=${root}/lib/ld-linux.so.2 \
-Wl,--disable-new-dtags,-rpath,${libraries}:${root}/lib/i386-linux-gnu")
set(CMAKE_SHARED_LINKER_FLAGS_INIT "-L${root}/usr/lib/gcc/i686-linux-gnu/12 -L${libraries}")

# Programs are the machine's own; everything else is from there.
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(ENV{PKG_CONFIG_SYSROOT_DIR} ${root})
set(ENV{PKG_CONFIG_LIBDIR} ${libraries}/pkgconfig:${root}/usr/share/pkgconfig)
