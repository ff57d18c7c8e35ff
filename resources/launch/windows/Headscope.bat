@echo off
rem Starts Headscope from the Explorer. On first use, and after an update, it makes the environment:
rem Python's own venv beside the program (or HEADSCOPE_ENV), filled by pip. Arguments go to the program.
setlocal
for %%I in ("%~dp0..\..\..") do set "root=%%~fI"
set "env=%root%\.venv"
if defined HEADSCOPE_ENV set "env=%HEADSCOPE_ENV%"
set "ready=%env%\headscope-ready.toml"

fc /b "%root%\pyproject.toml" "%ready%" >nul 2>nul
if not errorlevel 1 goto start

set "python="
for %%P in ("py -3" python python3) do (
  if not defined python (
    %%~P -c "import sys; sys.exit(sys.version_info < (3, 11))" >nul 2>nul
    if not errorlevel 1 set "python=%%~P"
  )
)
if not defined python (
  set "words=Headscope needs Python 3.11 or later, and there is none here. Install it from python.org, and start again."
  goto refuse
)
echo Making the environment in %env%
%python% -m venv "%env%"
if errorlevel 1 (
  set "words=The environment could not be made in %env%. Make room there, and start again."
  goto refuse
)
echo Installing the libraries (the largest, torch, takes some minutes)
"%env%\Scripts\python.exe" -m pip install --disable-pip-version-check -e "%root%"
if errorlevel 1 (
  set "words=The libraries could not be installed. Check the connection to the network and the room on the disk, and start again."
  goto refuse
)
copy /y "%root%\pyproject.toml" "%ready%" >nul

:start
start "" /d "%root%" "%env%\Scripts\pythonw.exe" "%root%\main.py" %*
exit /b 0

:refuse
echo %words%
pause
exit /b 2
