# What every target of the project has in common, in one place.

option(CONVOY_WERROR "Treat warnings as errors" OFF)
option(CONVOY_FUZZ "Build the fuzz targets; needs clang and its libFuzzer" OFF)
set(CONVOY_SANITIZE "" CACHE STRING "Sanitizers to build with, for example address,undefined")

add_library(convoy_settings INTERFACE)
target_include_directories(convoy_settings INTERFACE "${PROJECT_SOURCE_DIR}")
target_compile_options(convoy_settings INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes
    # A product that is fused with a sum is rounded once in place of twice, so the same
    # seed would give other bits on a machine or at an optimisation level that fuses.
    -ffp-contract=off
    # Lets the square root be one instruction; nothing here reads errno after it.
    -fno-math-errno)
if(CONVOY_WERROR)
    target_compile_options(convoy_settings INTERFACE -Werror)
endif()
if(CONVOY_SANITIZE)
    target_compile_options(convoy_settings INTERFACE
        -fsanitize=${CONVOY_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(convoy_settings INTERFACE -fsanitize=${CONVOY_SANITIZE})
endif()
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
if(CONVOY_FUZZ)
    target_compile_options(convoy_settings INTERFACE -fsanitize=fuzzer-no-link)
endif()
set(CMAKE_C_EXTENSIONS OFF)

# The rooms are static libraries and the hot path crosses them, so the program is optimised
# as a whole at the link. The objects are fat: they hold ordinary code too, which the tests
# link, for each test optimised as a whole would cost more than it runs. An audit of symbols
# should read them with readelf: nm asks gcc's plugin, which tells of the other half and
# leaves out calls such as snprintf. clang would need a linker plugin that its packages do
# not bring along.
option(CONVOY_LTO "Optimise the program as a whole at the link, where the compiler is gcc" OFF)
if(CONVOY_LTO AND CMAKE_C_COMPILER_ID STREQUAL "GNU")
    # gcc spreads the link over the cores with make; without it, parts would only bring a
    # warning at each link.
    find_program(CONVOY_MAKE NAMES make gmake)
    set(CONVOY_LINK_WHOLE -flto=auto)
    if(NOT CONVOY_MAKE)
        list(APPEND CONVOY_LINK_WHOLE -flto-partition=one)
    endif()
    target_compile_options(convoy_settings INTERFACE -flto=auto -ffat-lto-objects)
    set(CONVOY_LINK_PLAIN -fno-lto)
endif()

# convoy_program(NAME SOURCES a.c ... LINKS lib ...): what a user starts.
function(convoy_program name)
    cmake_parse_arguments(ARG "" "" "SOURCES;LINKS" ${ARGN})
    add_executable(${name} ${ARG_SOURCES})
    target_link_libraries(${name} PRIVATE convoy_settings ${ARG_LINKS})
    target_link_options(${name} PRIVATE ${CONVOY_LINK_WHOLE})
endfunction()
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

# convoy_library(NAME SOURCES a.c ... LINKS lib ...): one room, as a static library.
function(convoy_library name)
    cmake_parse_arguments(ARG "" "" "SOURCES;LINKS" ${ARGN})
    add_library(${name} STATIC ${ARG_SOURCES})
    target_link_libraries(${name} PUBLIC convoy_settings ${ARG_LINKS})
endfunction()

# convoy_test(NAME SOURCES a.c ... LINKS lib ... LABELS l ...): one cmocka program a module.
function(convoy_test name)
    cmake_parse_arguments(ARG "" "" "SOURCES;LINKS;LABELS" ${ARGN})
    add_executable(${name} ${ARG_SOURCES})
    # cmocka 2 names a target, cmocka 1 a variable.
    target_link_libraries(${name} PRIVATE convoy_settings ${ARG_LINKS}
        $<IF:$<TARGET_EXISTS:cmocka::cmocka>,cmocka::cmocka,${CMOCKA_LIBRARY}>)
    target_link_options(${name} PRIVATE ${CONVOY_LINK_PLAIN})
    add_test(NAME ${name} COMMAND ${name})
    # Ends a hang and nothing else: no test is decided by a clock.
    set_tests_properties(${name} PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT 900)
endfunction()
