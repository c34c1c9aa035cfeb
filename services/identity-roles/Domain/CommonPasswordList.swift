/// Words that passwords are most often made of: the habits of several languages, collected here.
///
/// In lower case, four letters or more; digits, punctuation and look-alikes around and inside them
/// are `CommonPasswords`' business.
enum CommonPasswordList {
  static let words: [[Character]] = text.split(whereSeparator: \.isWhitespace).map(Array.init)

  private static let text = """
    password passwort passwords passwd passw0rd pass passe passcode passphrase motdepasse
    contrasena contrasenha senha haslo parola salasana wachtwoord kennwort losenord secret secrets
    geheim secreto segredo admin admins administrator administrador administrateur root toor super
    superuser superman superadmin sysadmin operator manager owner master masterkey login logon
    signin user username users guest gast test tests tester testing test123 temp temporary default
    change changeme changeit changethis changepassword letmein letme openup opensesame sesame
    access accessme enter entry welcome welkom willkommen bienvenue bienvenido hello hallo hola
    hellohello goodbye thankyou please sorry trustno trustme trust whatever nothing something
    anything forget forgot remember iforgot myself mypass mypassword yourpassword thepassword
    newpassword oldpassword nopassword password1 pass1234 demo example sample secure security
    secured private public system server service backup database oracle mysql postgres postgresql
    mongodb redis docker kubernetes jenkins ansible vagrant ubuntu debian linux windows microsoft
    apple google facebook amazon twitter youtube instagram linkedin netflix yahoo hotmail gmail
    outlook adobe cisco dell samsung nokia huawei sony playstation nintendo xbox internet intranet
    network router switch firewall wireless computer laptop keyboard mouse monitor printer hacker
    hackme cracker matrix neo cyber digital online website company corporate business office
    enterprise support helpdesk service customer client employee boss staff team work working
    monkey dragon tiger lion eagle falcon hawk wolf bear panther leopard jaguar shark dolphin
    turtle rabbit kitty kitten cats doggy dogs puppy horse horses pony unicorn phoenix butterfly
    spider scorpion snake cobra viper penguin chicken duck bulldog rottweiler bandit buster buddy
    rocky lucky lucky7 max1 maxwell bailey charlie cookie cookies chocolate candy sugar honey
    banana orange cherry strawberry lemon peach pepper ginger cinnamon coffee vanilla cheese pizza
    pasta burger beer whiskey vodka tequila corona heineken budweiser marlboro
    football soccer baseball basketball hockey tennis golf golfer cricket rugby boxing wrestling
    swimming skating surfing fishing hunting racing runner running fitness yankees lakers cowboys
    steelers packers patriots eagles raiders dolphins redskins redsox giants bulls celtics warriors
    liverpool arsenal chelsea manchester united barcelona realmadrid juventus bayern ronaldo messi
    neymar beckham zidane maradona jordan lebron kobe tigerwoods
    ferrari porsche mercedes mustang corvette camaro harley davidson yamaha honda toyota nissan
    subaru volvo audi bmwbmw lamborghini bugatti jaguar cadillac chevy chevrolet diesel turbo
    michael michelle jennifer jessica ashley amanda nicole daniel andrew joshua matthew anthony
    robert thomas william richard charles joseph george steven kevin brian jason justin brandon
    jordan taylor austin dakota hunter tyler ryan nathan samuel benjamin alexander alexandra
    alexandre victoria elizabeth samantha stephanie melissa heather rebecca rachel laura sarah
    hannah anna maria marie martin martina patrick peter paul oliver sophie sophia emma olivia
    isabella natasha vanessa veronica patricia barbara sandra andrea claudia carlos fernando
    alejandro antonio francisco miguel pedro ricardo eduardo roberto gabriel rafael lucas mateo
    thomas nicolas vincent camille julien florian sebastian stefan wolfgang johannes mohamed
    mohammed muhammad ahmed ibrahim fatima aisha krishna rahul sanjay priya ganesh
    love loveme lover lovely lovelove iloveyou iloveu iloveme ihateyou fuckyou fuckoff fuckme
    fucker fuck asshole bitch bullshit biteme suckit pussy sexy sexsex hotstuff hottie babygirl
    babyboy baby babe angel angels princess prince queen king kingdom knight princesa darling
    sweetheart sweetie sweet beautiful pretty handsome family mother mama mommy father daddy
    papa brother sister friend friends forever together always happy happiness smile sunshine
    sunny summer winter spring autumn fall january february march april june july august september
    october november december monday tuesday wednesday thursday friday saturday sunday weekend
    birthday christmas easter halloween holiday vacation freedom peace heaven hell jesus jesuschrist
    christ god godisgood blessed bless faith hope grace spirit allah devil satan lucifer demon
    shadow ghost vampire zombie ninja samurai warrior soldier killer assassin sniper gunner hunter
    wizard merlin gandalf frodo hobbit aragorn legolas sauron mordor potter hogwarts voldemort
    dumbledore starwars skywalker vader darthvader yoda jedi anakin chewbacca startrek spock kirk
    enterprise picard batman robin joker spiderman ironman hulk wolverine deadpool avengers marvel
    pokemon pikachu charizard naruto sasuke goku dragonball onepiece minecraft fortnite roblox
    callofduty counterstrike warcraft starcraft diablo zelda mario sonic sega tetris doom quake
    halo gamer games gaming player winner champion legend hero heroes genius einstein newton
    america american usausa texas california florida chicago boston dallas denver seattle houston
    newyork london paris berlin madrid roma milano tokyo moscow sydney toronto canada mexico brasil
    brazil espana france deutschland germany england scotland ireland italia russia china india
    hawaii jamaica africa australia earth world universe planet galaxy saturn jupiter mercury venus
    apollo zeus athena hercules titan atlas pegasus gemini scorpio taurus aquarius pisces libra
    money dollar million millionaire billion bitcoin crypto gold golden silver platinum diamond
    crystal ruby emerald sapphire pearl metal steel iron thunder lightning storm rain snow ice
    fire water ocean beach island river mountain forest flower flowers rose tulip daisy lily jasmine
    purple yellow green blue black white pink brown red1 orange rainbow bluebird blackcat redrum
    music guitar piano drummer rock rockstar metallica nirvana slipknot eminem beatles elvis
    madonna rihanna beyonce bandit blink182 greenday linkinpark ironmaiden acdc pinkfloyd
    abcd abcde abcabc abc123 aaaa qwer qwert qwerty qwertz azerty asdf asdfgh asdasd zxcv zxcvbn
    qazwsx qaz wsx edc rfv tgb qweasd qweqwe qwe123 asd123 zxc123 wasd dvorak
    """
}
